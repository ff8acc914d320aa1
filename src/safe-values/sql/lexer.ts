import { isDigit, isWord } from './characters.js'
import type { Dialect } from './dialects.js'

/**
 * - `word`: a keyword or a plain name
 * - `name`: a name in quotes; `?` if the name is not plain
 * - `value`: a literal or placeholder, as `?`
 * - `sign`: an operator or a punctuation mark
 * - `end`: the text is over
 * - `withheld`: the end of a string or comment is not certain, so the rest is not read
 */
export type Kind = 'word' | 'name' | 'value' | 'sign' | 'end' | 'withheld'

/** Longer names are not shown. No system has them. */
const maxName = 64
const maxBracket = 256

const quote = 39
const doubleQuote = 34
const backtick = 96
const bracket = 91
const backslash = 92
const dollar = 36
const dot = 46
const dash = 45
const slash = 47
const star = 42
const colon = 58
const question = 63

const constants: ReadonlySet<string> = new Set(['TRUE', 'FALSE'])
const operators = '=<>|:!'

/** Splits SQL into tokens, in one pass. `text` is the text of the current token. */
export class Lexer {
  text = ''
  /** True if the text so far contains a literal. The same statement may have another literal next time. */
  hadLiteral = false
  readonly #sql: string
  readonly #dialect: Dialect
  #at = 0
  #bracketsReadTo = 0
  #kind: Kind = 'sign'

  constructor(sql: string, dialect: Dialect) {
    this.#sql = sql
    this.#dialect = dialect
  }

  next(): Kind {
    this.#kind = this.#skipBlanks() ?? this.#token()
    return this.#kind
  }

  #code(at: number): number {
    return this.#sql.charCodeAt(at)
  }

  /** Skips spaces and comments. Returns a kind if the text ends here. */
  #skipBlanks(): Kind | undefined {
    while (this.#at < this.#sql.length) {
      const code = this.#code(this.#at)
      if (code < 33) this.#at++
      else if (this.#beginsLineComment(code)) {
        if (this.#dialect.unsure) return this.#withheld()
        const line = this.#sql.indexOf('\n', this.#at)
        if (line < 0) return 'end'
        this.#at = line + 1
      } else if (code === slash && this.#code(this.#at + 1) === star) {
        if (!this.#skipComment()) return this.#withheld()
      } else return undefined
    }
    return 'end'
  }

  #beginsLineComment(code: number): boolean {
    if (code === 35) return this.#dialect.hash
    if (code !== dash || this.#code(this.#at + 1) !== dash) return false
    return !this.#dialect.dashNeedsSpace || !(this.#code(this.#at + 2) > 32)
  }

  /** Returns false if the comment does not end, or if systems read it differently. */
  #skipComment(): boolean {
    const { nested, unsure } = this.#dialect
    let depth = 1
    let at = this.#at + 2
    for (; depth > 0 && at < this.#sql.length; at++) {
      const [code, next] = [this.#code(at), this.#code(at + 1)]
      if (code === star && next === slash) depth--
      else if (code === slash && next === star) {
        if (!nested) return false
        depth++
      } else continue
      at++
    }
    this.#at = at
    return depth === 0 && !unsure
  }

  #token(): Kind {
    const [at, dialect] = [this.#at, this.#dialect]
    const [code, next] = [this.#code(at), this.#code(at + 1)]
    if (isWord(code)) return this.#word()
    if (code === quote || (code === doubleQuote && dialect.doubleIsString)) return this.#string(at + 1, code, false)
    if (code === doubleQuote || (code === backtick && dialect.backtick)) return this.#name(code)
    if (code === bracket && dialect.bracket && isWord(next)) return this.#name(93)
    if (code === bracket && dialect.unsure && this.#mayQuoteInBrackets()) return this.#withheld()
    if (code === dollar && !isDigit(next)) {
      const kind = this.#dollarString()
      if (kind !== undefined) return kind
    }
    const isAfterName = this.#kind === 'word' || this.#kind === 'name'
    if (isDigit(code) || (code === dot && isDigit(next) && !isAfterName)) return this.#number()
    if (this.#beginsPlaceholder(code, next)) return this.#placeholder()
    return this.#sign()
  }

  #value(end: number): Kind {
    this.text = '?'
    this.#at = end
    return 'value'
  }

  #string(from: number, mark: number, isE: boolean): Kind {
    this.hadLiteral = true
    const end = this.#closes(from, mark, true, isE && !this.#dialect.unsure)
    return end < 0 ? this.#withheldValue() : this.#value(end)
  }

  /** The value is shown as `?`; everything behind it is withheld. */
  #withheldValue(): Kind {
    this.text = '?'
    return 'withheld'
  }

  #withheld(): Kind {
    this.text = ''
    return 'withheld'
  }

  /**
   * The index after the closing quote; -1 if the string does not end, or if a quote follows a backslash. In the second case,
   * the system and its settings decide where the string ends.
   */
  #closes(from: number, mark: number, backslashes: boolean, isE: boolean): number {
    for (let at = from; at < this.#sql.length; at++) {
      const code = this.#code(at)
      if (code === backslash && backslashes) {
        if (this.#code(at + 1) === mark && !isE) return -1
        at++
      } else if (code === mark) {
        if (this.#code(at + 1) !== mark) return at + 1
        at++
      }
    }
    return -1
  }

  #name(mark: number): Kind {
    const from = this.#at + 1
    const end = this.#closes(from, mark, false, false)
    if (end < 0) return this.#withheldValue()
    const name = this.#sql.slice(from, end - 1)
    this.text = isPlain(name) ? name : '?'
    this.#at = end
    return 'name'
  }

  /** True if brackets contain a quote. Some systems read the quote as a part of a name, others as the beginning of a string. */
  #mayQuoteInBrackets(): boolean {
    const most = Math.min(this.#sql.length, this.#at + maxBracket)
    // Up to here, an earlier bracket found neither: a megabyte of brackets is read once.
    const from = Math.max(this.#at + 1, this.#bracketsReadTo)
    this.#bracketsReadTo = Math.max(from, most)
    for (let at = from; at < most; at++) {
      const code = this.#code(at)
      if (code === 93) {
        this.#bracketsReadTo = at
        return false
      }
      if (code === quote || code === doubleQuote || code === backtick) return true
    }
    return false
  }

  #dollarString(): Kind | undefined {
    const end = this.#wordEnd(this.#at + 1, maxName)
    if (this.#code(end) !== dollar) return undefined
    const tag = this.#sql.slice(this.#at, end + 1)
    const close = this.#sql.indexOf(tag, end + 1)
    this.hadLiteral = true
    return close < 0 ? this.#withheldValue() : this.#value(close + tag.length)
  }

  #wordEnd(from: number, most = Infinity): number {
    let at = from
    while (at - from < most && (isWord(this.#code(at)) || isDigit(this.#code(at)))) at++
    return at
  }

  /** A number with its fraction, exponent, unit, and all letters and digits that follow without a space. */
  #number(): Kind {
    const from = this.#at
    let at = from
    for (; at < this.#sql.length; at++) {
      const code = this.#code(at)
      if (isDigit(code) || isWord(code) || code === dot) continue
      const isSigned = (code === dash || code === 43) && (this.#code(at - 1) | 32) === 101 && this.#code(at - 2) !== 120
      if (!isSigned) break
    }
    // Short numbers are usually constants of the program, as in LIMIT 10.
    if (at - from > 2) this.hadLiteral = true
    return this.#value(at)
  }

  /** Placeholders: `?`, `?1`, `$1`, `:name`, `@name`. */
  #beginsPlaceholder(code: number, next: number): boolean {
    // PostgreSQL's operators ?| and ?&
    if (code === question) return this.#dialect.unsure || this.#dialect.doubleIsString || (next !== 124 && next !== 38)
    if (code !== dollar && code !== colon && code !== 64) return false
    return (isDigit(next) || isWord(next)) && this.#code(this.#at - 1) !== colon
  }

  #placeholder(): Kind {
    return this.#value(this.#wordEnd(this.#at + 1))
  }

  #word(): Kind {
    const from = this.#at
    let at = from
    while (isWord(this.#code(at)) || isDigit(this.#code(at)) || this.#code(at) === dollar) at++
    const length = at - from
    // E'…' X'…' B'…' N'…' _utf8'…'
    if (this.#code(at) === quote && (length < 3 || this.#code(from) === 95)) {
      return this.#string(at + 1, quote, this.#dialect.e && length === 1 && (this.#code(from) | 32) === 101)
    }
    const word = this.#sql.slice(from, at)
    if (length < 6 && constants.has(word.toUpperCase())) return this.#value(at)
    this.text = length > maxName ? '?' : word
    this.#at = at
    return 'word'
  }

  #sign(): Kind {
    const from = this.#at
    let at = from + 1
    // PostgreSQL's -> and ->>
    const isArrow = this.#code(from) === dash && this.#code(at) === 62
    if (isArrow || operators.includes(this.#sql.charAt(from))) {
      while (at - from < 3 && at < this.#sql.length && operators.includes(this.#sql.charAt(at))) at++
    }
    this.text = this.#sql.slice(from, at)
    this.#at = at
    return 'sign'
  }
}

/** True for a quoted name that may be shown. A name can be any text, by mistake or malice. */
function isPlain(name: string): boolean {
  if (name.length === 0 || name.length > maxName) return false
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at)
    const isMark = code === 32 || code === dot || code === dollar || code === dash
    if (!isMark && !isWord(code) && !isDigit(code)) return false
  }
  return true
}
