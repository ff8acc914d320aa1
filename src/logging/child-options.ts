import { own } from '../safe-values/own-member.js'
import { isUnsetLevel, type LevelOrSilent, levelNamed, levelProblem } from './levels.js'

interface KnownOptions {
  /** Undefined: the level of the parent. */
  readonly level: LevelOrSilent | undefined
  readonly serializers: unknown
  /** A text or type that names no level. */
  readonly unknownLevel: string | undefined
}

// Not {}, which has the members of Object.prototype.
const none: KnownOptions = { level: undefined, serializers: undefined, unknownLevel: undefined }
const maxShown = 60

/**
 * Reads the options of a child logger. An option of pino that Spoor does not have is an error: the call is wrong each time it
 * runs, and an ignored `redact` would let secrets through. An unknown level may come from a configuration, so it leads only to a
 * warning (docs/decisions/0084).
 *
 * @throws TypeError for an option of pino that does not exist here, and for a number as the level
 */
export function childOptions(given: unknown): KnownOptions {
  if (typeof given !== 'object' || given === null) return none
  const unsupported = readSafely(() => [...ofPino].find(([name]) => valueIn(given, name) !== undefined))
  if (unsupported !== undefined) throw new TypeError(`child: ${unsupported[0]}: no such option; ${unsupported[1]}`)
  const [level, serializers] = ['level', 'serializers'].map((name) => readSafely(() => valueIn(given, name)))
  if (typeof level === 'number') throw new TypeError(`child: ${levelProblem(level)}`)
  const named = levelNamed(level)
  if (named !== undefined || isUnsetLevel(level)) return { level: named, serializers, unknownLevel: undefined }
  const unknownLevel = typeof level === 'string' ? level.slice(0, maxShown) : typeof level
  return { level: undefined, serializers, unknownLevel }
}

function valueIn(options: object, name: string): unknown {
  return own(options as Record<string, unknown>, name)
}

// A Proxy or a getter may throw. Such options count as not set.
function readSafely<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** The options of pino's children, and what Spoor has in place of them. */
const ofPino: ReadonlyMap<string, string> = new Map([
  ['redact', 'write redact: { keys } in defineLogs: the keys count in every logger, at any depth'],
  ['msgPrefix', 'bind a field instead: child({ module })'],
  ['formatters', 'change entries in beforeLine'],
  ['customLevels', 'the levels are trace, debug, info, warn, error, fatal'],
  ['useOnlyCustomLevels', 'the levels are trace, debug, info, warn, error, fatal'],
  ['mixin', 'add fields in beforeLine'],
  ['hooks', 'change entries in beforeLine'],
  ['messageKey', 'the message is written as message'],
  ['errorKey', 'the error is written as error'],
  ['nestedKey', 'put the fields into an object of your own'],
])
