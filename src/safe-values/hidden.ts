import type { Redaction } from './redaction.js'

/**
 * Shorter values would also hide parts of ordinary words, so they are hidden only in quotes, or if they are the whole
 * text.
 */
const minBlanked = 4
const maxValues = 5_000
/** Longer values are found by their beginning. */
const maxNeedle = 512
const maxScanned = 65_536
/** The number of characters that may be compared for one entry. Beyond it, texts are withheld as a whole. */
const maxCompared = 4_000_000
const maxDepth = 8
// The last quote is optional, so that a text without one is not searched again from each escaped quote in it.
const literal = /'((?:[^'\\]|\\.|''){1,1024})('?)/gs
const detailValue = /\)=\(([^)]{1,1024})(\))/g
// The escapes of MySQL, and the doubled quote of all SQL.
const escapedInSql = /''|\\(.)/gs
const controlOfSql: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', 0: '\0', Z: '\x1a' }
const scheme = /^(?:bearer|basic|digest|token) +(\S.*)$/is
const quotes = ['"', "'", '`']

/**
 * Collects the values that are hidden in one place of an entry, and hides them in all texts of the entry. The time is
 * linear in the length of the texts, and bounded: beyond the bound, the rest of the text is withheld.
 */
export class Hidden {
  readonly #redaction: Redaction
  readonly #replace: string
  /** The values, each with the text that replaces it. */
  readonly #values = new Map<string, string>()
  /** The values by their first two characters, longest first. */
  #byStart: Map<number, string[]> | undefined
  #compared = 0
  #looked = 0
  #isFull = false

  constructor(redaction: Redaction) {
    this.#redaction = redaction
    this.#replace = redaction.replace
  }

  get isEmpty(): boolean {
    return this.#values.size === 0 && !this.#isFull
  }

  /** Adds a hidden value; for an object, the strings and numbers in it. */
  add(value: unknown, depth = 0): void {
    if (this.#isFull) return
    if (typeof value === 'string') {
      // Arguments may contain names of secrets (`{ path: 'password' }`). Hiding such a name everywhere would only
      // destroy text.
      if (depth === 0 || !this.#redaction.hides(value)) this.#addText(value)
    } else if (typeof value === 'number' || typeof value === 'bigint') this.#addNumber(value)
    else if (typeof value === 'object' && value !== null && depth < maxDepth) this.#addMembers(value, depth)
  }

  /** Adds a text that is shown as `shown` everywhere in the entry. */
  addShown(text: string, shown: string): void {
    if (!this.#isFull && text !== shown && text.length >= minBlanked) this.#keep(text, shown)
  }

  /** Adds a withheld SQL statement and the literals in it. @param shown the statement without its values */
  addStatement(text: string, shown?: string): void {
    if (shown === undefined) this.#addText(text)
    else this.addShown(text, shown)
    const read = text.slice(0, maxScanned)
    for (const pattern of [literal, detailValue]) {
      for (const [, value = '', closing] of read.matchAll(pattern)) {
        if (closing === '') continue
        this.add(value)
        this.add(value.replace(escapedInSql, unescapedOfSql))
      }
    }
  }

  /** True if `text` as a whole is a hidden value. */
  has(text: string): boolean {
    return this.#values.has(text)
  }

  /** A redaction that hides these values first, and then does the same as `redaction`. */
  over(redaction: Redaction): Redaction {
    return { ...redaction, text: (text, cut = false) => redaction.text(this.blanked(text, cut), cut) }
  }

  /**
   * Replaces these values in `text`. @param cut true if the end of `text` was cut off: then the beginning of a value at
   * the end is replaced too
   */
  blanked(text: string, cut: boolean): string {
    const whole = this.#values.get(text)
    if (whole !== undefined) return whole
    if (this.#isFull && text.length >= minBlanked) return this.#replace
    let out = ''
    let from = 0
    let hiddenTo = 0
    const starts = this.#starts()
    for (let at = 0; at < text.length - 1; at++) {
      const values = starts.get(pairAt(text, at))
      if (values === undefined) continue
      const isOver = this.#compared > maxCompared
      const end = isOver ? text.length : this.#endAt(values, text, at, cut)
      if (end <= hiddenTo) continue
      if (at >= hiddenTo) out += text.slice(from, at) + (isOver ? this.#replace : this.#shownAt(text, at, end))
      from = hiddenTo = end
    }
    return from === 0 ? text : out + text.slice(from)
  }

  /** The text that replaces the value from `at` to `end`. */
  #shownAt(text: string, at: number, end: number): string {
    return this.#values.get(text.slice(at, end)) ?? this.#replace
  }

  /** The end of the longest of `values` that is in the text at `at`; -1 if there is none. */
  #endAt(values: readonly string[], text: string, at: number, cut: boolean): number {
    for (const value of values) {
      const length = Math.min(value.length, text.length - at)
      this.#compared += Math.min(length, maxNeedle)
      if (length < value.length && !cut && length < maxNeedle) continue
      if (!text.startsWith(value.slice(0, Math.min(length, maxNeedle)), at)) continue
      return at + this.#sameLength(value, text, at, length)
    }
    return -1
  }

  /** The length for which `value` and the text at `at` are equal, at most `length`. */
  #sameLength(value: string, text: string, at: number, length: number): number {
    let same = Math.min(length, maxNeedle)
    while (same < length && value.charCodeAt(same) === text.charCodeAt(at + same)) same++
    this.#compared += same
    return same
  }

  #addMembers(value: object, depth: number): void {
    if (ArrayBuffer.isView(value)) return
    try {
      const members = value instanceof Map || value instanceof Set ? value.values() : Object.values(value)
      for (const member of members) {
        // Skipped members count too: looking at the names of a million members takes a second.
        if (++this.#looked > maxValues) this.#isFull = true
        if (this.#isFull) return
        this.add(member, depth + 1)
      }
    } catch {
      // A member that throws has no text to hide.
    }
  }

  #addNumber(value: number | bigint): void {
    const isLong = typeof value === 'bigint' && BigInt.asIntN(4_096, value) !== value
    const text = isLong ? '' : String(value)
    if (text.length >= minBlanked) this.#keep(text)
  }

  #addText(value: string): void {
    if (value.trim() === '') return
    this.#keep(value)
    if (value.length > maxScanned) return
    const inner = scheme.exec(value.slice(0, maxNeedle))?.[1]
    if (inner !== undefined && value.length < maxNeedle) this.#keep(inner)
    for (const form of writtenForms(value)) this.#keep(form)
    if (value.length < minBlanked) for (const quote of quotes) this.#keep(quote + value + quote)
  }

  #keep(text: string, shown = this.#replace): void {
    this.#byStart = undefined
    if (this.#values.size >= maxValues) this.#isFull = true
    else if (!this.#values.has(text)) this.#values.set(text, shown)
  }

  #starts(): Map<number, string[]> {
    if (this.#byStart !== undefined) return this.#byStart
    const starts = new Map<number, string[]>()
    for (const value of this.#values.keys()) {
      if (value.length < minBlanked && !(value.length === 3 && quotes.includes(value.charAt(0)))) continue
      const key = pairAt(value, 0)
      const others = starts.get(key)
      if (others === undefined) starts.set(key, [value])
      else others.push(value)
    }
    for (const values of starts.values()) values.sort((one, other) => other.length - one.length)
    this.#byStart = starts
    return starts
  }
}

function unescapedOfSql(_: string, letter: string | undefined): string {
  return letter === undefined ? "'" : (controlOfSql[letter] ?? letter)
}

function pairAt(text: string, at: number): number {
  return text.charCodeAt(at) * 65_536 + text.charCodeAt(at + 1)
}

/** The forms in which programs write a text inside another: in JSON, in a URL, in quotes of JavaScript or SQL. */
function writtenForms(value: string): string[] {
  const forms = [JSON.stringify(value).slice(1, -1), value.replaceAll("'", "\\'"), value.replaceAll("'", "''")]
  try {
    forms.push(encodeURIComponent(value))
  } catch {
    // Half of a surrogate pair has no form in a URL.
  }
  return forms.filter((form) => form !== value)
}
