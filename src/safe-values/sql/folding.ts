import type { Kind } from './lexer.js'

const maxText = 1_024
const mark = ' …'

const beforeSigned: ReadonlySet<string> = new Set(['(', ',', '=', '<', '>', '<=', '>=', '<>', '!='])
const tight: ReadonlySet<string> = new Set(['.', ',', ')', ';', '::', ']', '['])
const opens: ReadonlySet<string> = new Set(['(', '.', '::', '['])

/** Joins tokens to a text. A list of values becomes `(?)`, and so do all rows of VALUES together. */
export class Folding {
  /** True if a part of the text is left out. */
  isCut = false
  readonly #tokens: string[] = []
  #length = 0

  get isFull(): boolean {
    return this.#length > maxText
  }

  add(kind: Kind, token: string): void {
    if (this.isFull) this.isCut = true
    else if (kind === 'value' || (kind === 'word' && this.#isListed(token))) this.#value()
    else if (token !== ')' || !this.#endsRow()) this.#push(token)
  }

  /** The text; undefined if there are no tokens. */
  text(): string | undefined {
    if (this.#last(1) === ';') this.#pop()
    let text = this.#tokens[0]
    if (text === undefined) return undefined
    for (let at = 1; at < this.#tokens.length; at++) {
      const token = this.#tokens[at] as string
      text += tight.has(token) || opens.has(this.#tokens[at - 1] as string) ? token : ` ${token}`
    }
    if (!this.isCut && text.length <= maxText) return text
    const room = maxText - mark.length
    return (text.length <= room ? text : text.slice(0, room)) + mark
  }

  #push(token: string): void {
    this.#tokens.push(token)
    this.#length += token.length + 1
  }

  #pop(): void {
    this.#length -= (this.#tokens.pop() ?? '').length + 1
  }

  /** The token that is `back` places before the end. */
  #last(back: number): string | undefined {
    return this.#tokens[this.#tokens.length - back]
  }

  /** True for NULL and DEFAULT in a place where a literal may be. */
  #isListed(token: string): boolean {
    if (token.length !== 4 && token.length !== 7) return false
    const upper = token.toUpperCase()
    const before = this.#last(1)
    if (upper !== 'NULL' && upper !== 'DEFAULT') return false
    return before === '(' || before === ',' || (before === '=' && upper === 'NULL')
  }

  #value(): void {
    const sign = this.#last(1)
    const before = this.#last(2)
    if ((sign === '-' || sign === '+') && (before === undefined || beforeSigned.has(before))) this.#pop()
    if (this.#last(1) === ',' && this.#last(2) === '?') this.#pop()
    else this.#push('?')
  }

  /** True if a second row `(?), (?` would end here. Removes that row. */
  #endsRow(): boolean {
    const isRow = this.#last(1) === '?' && this.#last(2) === '(' && this.#last(3) === ','
    if (!isRow || this.#last(4) !== ')' || this.#last(5) !== '?' || this.#last(6) !== '(') return false
    for (let left = 3; left > 0; left--) this.#pop()
    return true
  }
}
