import { types } from 'node:util'
import { cutText } from './cut-text.js'
import { type DatabaseError, shownMessage } from './database-error.js'
import type { Hidden } from './hidden.js'
import { classOf, knownObject } from './known-object.js'
import { ownMembers, ownValue } from './own-member.js'
import type { Redaction } from './redaction.js'
import { isError, safeError, safeThrown } from './safe-error.js'
import type { Bounds, SafeValue } from './safe-value.js'
import { jsonAtEnd, maxSearched, mayQuoteSecrets, secretPieces } from './secret-pieces.js'
import { holdsNamed, isNamed, isSecretPair, meaningOf, type Named, namedIn, type Withheld } from './secret-places.js'
import { isPlain, isText, membersOfMap, readOrUndefined } from './value-kinds.js'
import { withheldAs } from './withheld.js'

const maxReasonLength = 200
const flatHeaders = /(?:headers|trailers)$/i
const maxBigintBits = 4_096
const errorField: ReadonlySet<string> = new Set(['error'])

/** One walk over one value: the open objects (to find cycles), and how many values and characters are left. */
export class Copy {
  readonly isCollecting: boolean
  /** True if the walk has found an error, or members that name a secret beside them, as the errors of validators do. */
  hasError = false
  /** True if something was hidden, or may be hidden in a part that the walk did not enter. */
  hasHidden = false
  readonly #redaction: Redaction
  readonly #bounds: Bounds
  readonly #hidden: Hidden | undefined
  readonly #open: object[] = []
  #values: number
  #characters: number
  /** The number of errors that the walk is inside of. */
  #errors = 0
  /** The number of requests and responses, as members of errors, that the walk is inside of. */
  #exchanges = 0
  #named: Named = 0
  /** Set inside the error of a database. */
  #database: DatabaseError | undefined

  /** @param collects true if the walk makes no copy, and only adds the values that a copy would hide to `hidden` */
  constructor(redaction: Redaction, bounds: Bounds, hidden?: Hidden, collects = false) {
    this.#redaction = redaction
    this.#bounds = bounds
    this.#hidden = hidden
    this.isCollecting = collects
    this.#values = bounds.values
    this.#characters = bounds.characters * 4
  }

  value(value: unknown, depth: number): SafeValue | undefined {
    switch (typeof value) {
      case 'string':
        return this.text(value)
      case 'number':
        if (this.#hidden?.has(String(value)) && !this.isCollecting) return this.#redaction.replace
        return Number.isFinite(value) ? value + 0 : String(value) // JSON has no negative zero.
      case 'boolean':
        return value
      case 'bigint':
        // Converting a number of a million digits would take too long.
        return BigInt.asIntN(maxBigintBits, value) === value ? this.text(String(value)) : '[bigint]'
      case 'symbol':
        return this.text(`Symbol(${value.description?.slice(0, this.#bounds.characters) ?? ''})`)
      case 'function':
        return '[function]'
      case 'undefined':
        return undefined
      default:
        return value === null ? null : this.#object(value as object, depth)
    }
  }

  text(text: string): string {
    if (this.isCollecting) return this.#searched(text)
    const most = Math.min(this.#bounds.characters, this.#characters)
    if (most === 0 && text !== '') return '…'
    const safe = text.length <= most ? this.#redaction.text(text) : cutText(text, this.#redaction, most)
    if (safe !== text) this.hasHidden = true
    this.#characters -= Math.min(safe.length, this.#characters)
    return safe
  }

  /** Checks whether the message of an error quotes secrets that can be recognized only by their names beside them. */
  searchMessage(message: string): void {
    if (!this.isCollecting && !this.hasHidden) this.hasHidden = mayQuoteSecrets(message, this.#redaction)
  }

  /** Adds the secrets in a text to `hidden`. */
  #searched(text: string): string {
    if (this.#characters <= 0) return ''
    this.#characters -= Math.min(text.length, maxSearched)
    const isInError = this.#errors > 0
    for (const piece of secretPieces(text, this.#redaction, isInError)) this.#hidden?.add(piece)
    const json = isInError ? jsonAtEnd(text) : undefined
    if (json !== undefined) this.#read(() => json, 0)
    return ''
  }

  /** A text of at most `most` characters, its secrets replaced. */
  short(text: string, most: number): string {
    if (this.isCollecting) return this.#searched(text)
    const safe = text.length <= most ? this.#redaction.text(text) : cutText(text, this.#redaction, most)
    if (safe !== text) this.hasHidden = true
    return safe
  }

  /** The fields of an entry: an object like any other, except for the member `error`. */
  fields(fields: object): SafeValue | undefined {
    const error: unknown = ownValue(fields, 'error')
    if (error === undefined || error === null || isError(error) || !isPlain(fields)) return this.value(fields, 0)
    return { ...this.plainMembers(fields, 0, errorField), error: this.inError(() => safeThrown(error, this, 1)) }
  }

  /** Notes that the entry shows `text` as `shown`, everywhere. */
  showAs(text: string, shown: string): void {
    if (text === shown) return
    this.hasHidden = true
    if (this.isCollecting) this.#hidden?.addShown(text, shown)
  }

  /** The database whose error is being copied: errors inside it may quote values, too. */
  get database(): DatabaseError | undefined {
    return this.#database
  }

  /** Runs `copy` for a thrown value. @param database set for the error of a database */
  inError<T>(copy: () => T, database?: DatabaseError): T {
    const named = this.#named
    const outer = this.#database
    this.hasError = true
    this.#errors++
    this.#named = 0
    this.#database = database
    try {
      return copy()
    } finally {
      this.#errors--
      this.#named = named
      this.#database = outer
    }
  }

  /** The own enumerable members of an object except those in `leftOut`, each made safe, with secrets replaced. */
  plainMembers(value: object, depth: number, leftOut?: ReadonlySet<string>, isThrown = false): Members {
    const keys = Object.keys(value)
    const out: Members = {}
    const most = this.#bounds.members
    const shown = keys.length > most ? keys.slice(0, most + (leftOut?.size ?? 0)) : keys
    const before = this.#named
    const named = namedIn(value, shown, before, isThrown, this.#redaction)
    let left = most
    for (const key of shown) {
      if (leftOut?.has(key)) continue
      if (left-- === 0) break
      // Only members that may hold the named secret inherit its name.
      this.#named = named !== 0 && (isThrown || holdsNamed(key)) ? named : 0
      this.member(out, key, () => (value as Record<string, unknown>)[key], depth, named)
    }
    this.#named = before
    if (left >= 0 && shown.length === keys.length) return out
    this.hasHidden = true
    out['…'] = `${keys.length - Object.keys(out).length} more members`
    return out
  }

  /** Adds one member of an object at `depth` to the copy `out`. */
  member(out: Members, key: string, read: () => unknown, depth: number, named: Named = 0): void {
    const mark = this.#mark(key, read, named)
    if (mark === null) return
    const copy = mark ?? this.#read(() => this.#headers(key, read()), depth, key)
    if (copy === undefined) return
    this.#values--
    const name = this.text(key)
    // Assigning to `__proto__` would set the prototype of the copy.
    if (name === '__proto__') Object.defineProperty(out, name, ownMembers({ value: copy, enumerable: true }))
    else out[name] = copy
  }

  /** What is shown of a hidden or withheld member; null if it is left out, undefined for any other member. */
  #mark(key: string, read: () => unknown, named: Named): string | number | boolean | null | undefined {
    if (this.#redaction.hides(key)) return this.#hideText(key, read)
    if (isNamed(key, named)) {
      const value = readOrUndefined(read)
      if (isText(value)) {
        this.hasError = true
        return this.#hide(() => value)
      }
    }
    if (this.#errors === 0) return undefined
    const { withheld, isBody, inDatabase } = meaningOf(key)
    const kind = isBody && this.#exchanges > 0 ? 'body' : ((this.#database && inDatabase) ?? withheld)
    return kind === undefined ? undefined : this.#withhold(kind, readOrUndefined(read))
  }

  /** Hides the value of a secret name. Under most names, numbers and booleans are counts and flags and stay. */
  #hideText(key: string, read: () => unknown): string | number | boolean {
    if (this.#redaction.hidesNumbers(key)) return this.#hide(read)
    // Read only once: a getter must not return a number first and a string then.
    const value = readOrUndefined(read)
    if (typeof value === 'boolean') return value
    return typeof value === 'number' && Number.isFinite(value) ? value + 0 : this.#hide(() => value)
  }

  #leftOut(mark: string): string {
    this.hasHidden = true
    return mark
  }

  #hide(read: () => unknown): string {
    this.hasHidden = true
    if (this.isCollecting) {
      const value = readOrUndefined(read)
      // The message of an error under a secret name is usually not the secret. Its members may be.
      if (isError(value)) this.#read(() => value, 0)
      else this.#hidden?.add(value)
    }
    return this.#redaction.replace
  }

  #withhold(kind: Withheld, value: unknown): string | null | undefined {
    if (!isText(value) || value === '') return undefined
    if (kind === 'message') return typeof value === 'string' ? this.#message(value) : undefined
    this.hasHidden = true
    const shown = withheldAs(kind, value, this.#database?.system ?? 'other_sql')
    if (!this.isCollecting || kind === 'body') return shown
    if (typeof value !== 'string') this.#hidden?.add(value)
    else this.#hidden?.addStatement(value, kind === 'statement' ? (shown ?? undefined) : undefined)
    return shown
  }

  #message(text: string): string {
    const shown = shownMessage(text, this.#database as DatabaseError)
    this.showAs(text, shown)
    return this.text(shown)
  }

  /** Runs `copy` for `value`, unless `value` is already open, too deep, or one value too many. */
  guarded(value: object, depth: number, copy: () => SafeValue): SafeValue {
    if (this.#open.includes(value)) return '[circular]'
    if (depth >= this.#bounds.depth) return this.#leftOut('[nested too deep]')
    if (this.#values-- <= 0) return this.#leftOut('[too many values]')
    this.#open.push(value)
    try {
      return copy()
    } catch (error) {
      return this.#unreadable(error)
    } finally {
      this.#open.pop()
    }
  }

  #read(read: () => unknown, depth: number, key = ''): SafeValue | undefined {
    const isExchange = this.#errors > 0 && key !== '' && meaningOf(key).isExchange
    if (isExchange) this.#exchanges++
    try {
      return this.value(read(), depth + 1)
    } catch (error) {
      return this.#unreadable(error)
    } finally {
      if (isExchange) this.#exchanges--
    }
  }

  // A Proxy may throw at any access.
  #object(value: object, depth: number): SafeValue | undefined {
    try {
      if (isError(value)) return safeError(value, this, depth)
      if (Array.isArray(value) || types.isSet(value)) return this.#list(value, depth)
      if (types.isMap(value)) return this.#map(value, depth)
      const known = isPlain(value) ? undefined : knownObject(value)
      if (known !== undefined) return this.value(known, depth)
      return this.guarded(value, depth, () => this.#jsonOf(value, depth))
    } catch (error) {
      return this.#unreadable(error)
    }
  }

  /** The text in place of a value that throws `error` when it is read. */
  #unreadable(error: unknown): string {
    try {
      return `[unreadable: ${isError(error) ? this.short(String(error.message), maxReasonLength) : typeof error}]`
    } catch {
      return '[unreadable]'
    }
  }

  /** Hides the values of secret names in lists such as Node's `rawHeaders`, where names and values alternate. */
  #headers(key: string, value: unknown): unknown {
    if (!Array.isArray(value) || typeof value[0] !== 'string' || !flatHeaders.test(key)) return value
    const { length } = value
    const shown = value.slice(0, this.#bounds.members)
    const safe = shown.map((item, at) =>
      at % 2 === 1 && typeof shown[at - 1] === 'string' && this.#redaction.hides(shown[at - 1])
        ? this.#hide(() => item)
        : item,
    )
    if (length > safe.length) safe.push(`… ${length - safe.length} more`)
    return safe
  }

  #list(value: readonly unknown[] | Set<unknown>, depth: number): SafeValue {
    return this.guarded(value, depth, () => {
      const out: SafeValue[] = []
      const isPair = Array.isArray(value) && isSecretPair(value, this.#redaction)
      for (const item of value) {
        if (out.length === this.#bounds.members) {
          this.hasHidden = true
          const length = Array.isArray(value) ? value.length : (value as Set<unknown>).size
          out.push(`… ${length - out.length} more`)
          break
        }
        out.push(isPair && out.length === 1 ? this.#hide(() => item) : (this.#read(() => item, depth) ?? null))
        this.#values--
      }
      return out
    })
  }

  #map(value: Map<unknown, unknown>, depth: number): SafeValue {
    return this.guarded(value, depth, () => {
      const out = this.plainMembers(membersOfMap(value, this.#bounds.members), depth)
      const more = value.size - this.#bounds.members
      if (more > 0) this.hasHidden = true
      if (more > 0) out['…'] = `${more} more members`
      return out
    })
  }

  /** Copies an object's members, or those of the value of its `toJSON`. Called once: it may go on forever. */
  #jsonOf(value: object, depth: number): SafeValue {
    const toJSON: unknown = (value as { toJSON?: unknown }).toJSON
    if (typeof toJSON !== 'function') return this.#membersOrClass(value, depth)
    const json: unknown = toJSON.call(value)
    if (json === value) return this.plainMembers(value, depth)
    return isPlain(json) ? this.plainMembers(json, depth) : (this.value(json, depth + 1) ?? null)
  }

  /** Copies an object's members. If an object of a class has none, writes the name of the class. */
  #membersOrClass(value: object, depth: number): SafeValue {
    const members = this.plainMembers(value, depth)
    if (isPlain(value) || Object.keys(members).length > 0) return members
    return this.short(`[${classOf(value)}]`, maxClass)
  }
}

type Members = Record<string, SafeValue>

const maxClass = 100
