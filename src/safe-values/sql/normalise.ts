import { type Dialect, dialectOf } from './dialects.js'
import { Folding } from './folding.js'
import { Lexer } from './lexer.js'
import { Summary } from './summary.js'

/** A statement without its values. */
export interface NormalisedSql {
  /** `select * from posts where id in (?)`: at most 1,024 characters; undefined if nothing may be shown. */
  readonly text: string | undefined
  /** `SELECT posts users`, as OpenTelemetry's `db.query.summary`: at most 255 characters; undefined if nothing is known. */
  readonly summary: string | undefined
  /** True if the statement contained a literal, or a part of it was withheld. */
  readonly hadLiteral: boolean
}

const maxRead = 32_768
const maxRemembered = 500
const maxRememberedLength = 4_096

const remembered = new Map<Dialect, Map<string, NormalisedSql>>()
let size = 0

/**
 * Removes all values from SQL: literals and placeholders become `?`, lists and rows are folded, and comments are dropped. If the
 * end of a string is not certain, the rest is withheld (`…`). The time is linear, and at most 32,768 characters are read.
 *
 * @param system OpenTelemetry's `db.system.name`, such as `postgresql`. Text of an unknown system is read most strictly
 * @example normalise('postgresql', "select * from posts where id in (1, 2)") // { text: 'select * from posts where id in (?)', … }
 */
export function normalise(system: string, text: string): NormalisedSql {
  const dialect = dialectOf(system)
  const known = text.length <= maxRememberedLength ? remembered.get(dialect)?.get(text) : undefined
  if (known !== undefined) return known
  const made = read(dialect, text)
  // Texts without literals repeat. The others do not, and may contain secrets.
  if (!made.hadLiteral && text.length <= maxRememberedLength) remember(dialect, text, made)
  return made
}

function remember(dialect: Dialect, text: string, made: NormalisedSql): void {
  if (size >= maxRemembered) {
    remembered.clear()
    size = 0
  }
  const texts = remembered.get(dialect) ?? new Map<string, NormalisedSql>()
  remembered.set(dialect, texts.set(text, made))
  size++
}

function read(dialect: Dialect, text: string): NormalisedSql {
  const isLong = text.length > maxRead
  const lexer = new Lexer(isLong ? text.slice(0, maxRead) : text, dialect)
  const folding = new Folding()
  const summary = new Summary()
  let kind = lexer.next()
  while (kind !== 'end' && kind !== 'withheld') {
    folding.add(kind, lexer.text)
    summary.add(kind, lexer.text)
    if (folding.isFull && summary.isFull) break
    kind = lexer.next()
  }
  if (kind === 'withheld' && lexer.text !== '') folding.add('value', lexer.text)
  if (isLong || kind !== 'end') folding.isCut = true
  return {
    text: folding.text(),
    summary: summary.text(),
    hadLiteral: lexer.hadLiteral || folding.isCut,
  }
}
