import { types } from 'node:util'
import { knownObject } from './known-object.js'
import type { Redaction } from './redaction.js'
import { isError, safeError, safeThrown } from './safe-error.js'

/** What `JSON.stringify` takes without surprises. */
export type SafeValue = string | number | boolean | null | SafeValue[] | { [key: string]: SafeValue }

/** How much of a value is kept. What is left out is marked in its place. */
export interface Bounds {
  /** Levels of nesting; default 8. */
  depth: number
  /** Members of one object or array; default 200. */
  members: number
  /** Values in all; default 5,000. */
  values: number
  /** Characters of one string; default 65,536. All strings together may have four times as many. */
  characters: number
}

export const defaultBounds: Bounds = { depth: 8, members: 200, values: 5_000, characters: 65_536 }

/**
 * A copy of any value that is safe to write: plain JSON, bounded, secrets replaced, cycles cut; whatever throws while
 * it is read is marked and carried through. The value itself is never changed.
 */
export function safeValue(value: unknown, redaction: Redaction, bounds: Bounds = defaultBounds): SafeValue | undefined {
  return new Copy(redaction, bounds).value(value, 0)
}

/** `safeValue` for a text. */
export function safeText(text: string, redaction: Redaction, bounds: Bounds = defaultBounds): string {
  return text.length <= bounds.characters ? redaction.text(text) : cutText(text, redaction, bounds.characters)
}

/** `safeValue` for the fields of an entry. What was thrown and is no error stands in `error` like one. */
export function safeFields(
  fields: object,
  redaction: Redaction,
  bounds: Bounds = defaultBounds,
): Record<string, SafeValue> {
  const copy = new Copy(redaction, bounds).fields(fields)
  return typeof copy === 'object' && copy !== null && !Array.isArray(copy) ? copy : { value: copy ?? null }
}

const longestReason = 200
const rawHeaders = /^raw_?(?:headers|trailers)$/i
const errorField: ReadonlySet<string> = new Set(['error'])

/** One walk over one value: the open objects (for cycles), how many values and characters are left. */
export class Copy {
  readonly #redaction: Redaction
  readonly #bounds: Bounds
  readonly #open: object[] = []
  #values: number
  #characters: number

  constructor(redaction: Redaction, bounds: Bounds) {
    this.#redaction = redaction
    this.#bounds = bounds
    this.#values = bounds.values
    this.#characters = bounds.characters * 4
  }

  value(value: unknown, depth: number): SafeValue | undefined {
    switch (typeof value) {
      case 'string':
        return this.text(value)
      case 'number':
        // JSON knows no negative zero.
        return Number.isFinite(value) ? value + 0 : String(value)
      case 'boolean':
        return value
      case 'bigint':
      case 'symbol':
        return this.text(String(value))
      case 'function':
        return '[function]'
      case 'undefined':
        return undefined
      default:
        return value === null ? null : this.#object(value as object, depth)
    }
  }

  text(text: string): string {
    const most = Math.min(this.#bounds.characters, this.#characters)
    const safe = text.length <= most ? this.#redaction.text(text) : cutText(text, this.#redaction, most)
    this.#characters -= Math.min(safe.length, this.#characters)
    return safe
  }

  /** A text of at most `most` characters. */
  short(text: string, most: number): string {
    return safeText(text, this.#redaction, { ...this.#bounds, characters: most })
  }

  /** The fields of an entry: an object like any other, but for `error`. */
  fields(fields: object): SafeValue | undefined {
    const error: unknown = Object.getOwnPropertyDescriptor(fields, 'error')?.value
    if (error === undefined || error === null || isError(error) || !isPlain(fields)) return this.value(fields, 0)
    return { ...this.plainMembers(fields, 0, errorField), error: safeThrown(error, this, 1) }
  }

  /** The own enumerable members of an object but those `left out`, each made safe, secrets replaced. */
  plainMembers(value: object, depth: number, leftOut?: ReadonlySet<string>): Record<string, SafeValue> {
    const out: Record<string, SafeValue> = {}
    const keys = Object.keys(value)
    let left = this.#bounds.members
    for (const key of keys) {
      if (leftOut?.has(key)) continue
      if (left-- === 0) {
        out['…'] = `${keys.length - Object.keys(out).length} more members`
        break
      }
      this.member(out, key, () => (value as Record<string, unknown>)[key], depth)
    }
    return out
  }

  /** Adds one member of an object at `depth` to its copy `out`. */
  member(out: Record<string, SafeValue>, key: string, read: () => unknown, depth: number): void {
    const copy = this.#redaction.hides(key)
      ? this.#hidden(key, read)
      : this.#read(() => this.#headers(key, read()), depth)
    if (copy === undefined) return
    this.#values--
    const name = this.text(key)
    // An own member named __proto__ would otherwise set the prototype of the copy.
    if (name === '__proto__') Object.defineProperty(out, name, { value: copy, enumerable: true })
    else out[name] = copy
  }

  /** What `copy` makes of `value`, unless that is open already, too deep, or one too many. */
  guarded(value: object, depth: number, copy: () => SafeValue): SafeValue {
    if (this.#open.includes(value)) return '[circular]'
    if (depth >= this.#bounds.depth) return '[nested too deep]'
    if (this.#values-- <= 0) return '[too many values]'
    this.#open.push(value)
    try {
      return copy()
    } catch (error) {
      return this.#unreadable(error)
    } finally {
      this.#open.pop()
    }
  }

  /** What stands for the value of a secret's name. Most names hide no numbers and booleans: those are counts and flags. */
  #hidden(key: string, read: () => unknown): SafeValue {
    if (this.#redaction.hidesNumbers(key)) return this.#redaction.replace
    const value = this.#read(() => literalOnly(read()), 0)
    return typeof value === 'number' || typeof value === 'boolean' ? value : this.#redaction.replace
  }

  #read(read: () => unknown, depth: number): SafeValue | undefined {
    try {
      return this.value(read(), depth + 1)
    } catch (error) {
      return this.#unreadable(error)
    }
  }

  // Proxies may throw at any question.
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

  /** What stands for a value that throws `error` while it is read. */
  #unreadable(error: unknown): string {
    try {
      return `[unreadable: ${isError(error) ? this.short(String(error.message), longestReason) : typeof error}]`
    } catch {
      return '[unreadable]'
    }
  }

  /** Node's `rawHeaders`, where names and values take turns: a secret one's value stands behind its name. */
  #headers(key: string, value: unknown): unknown {
    if (!rawHeaders.test(key) || !Array.isArray(value)) return value
    const { hides, replace } = this.#redaction
    return value.map((item, at) => (at % 2 === 1 && hides(String(value[at - 1])) ? replace : item))
  }

  #list(value: readonly unknown[] | Set<unknown>, depth: number): SafeValue {
    return this.guarded(value, depth, () => {
      const out: SafeValue[] = []
      for (const item of value) {
        if (out.length === this.#bounds.members) {
          const length = Array.isArray(value) ? value.length : (value as Set<unknown>).size
          out.push(`… ${length - out.length} more`)
          break
        }
        out.push(this.#read(() => item, depth) ?? null)
        this.#values--
      }
      return out
    })
  }

  #map(value: Map<unknown, unknown>, depth: number): SafeValue {
    return this.guarded(value, depth, () => {
      const out: Record<string, SafeValue> = {}
      let taken = 0
      for (const [key, item] of value) {
        if (taken === this.#bounds.members) {
          out['…'] = `${value.size - taken} more members`
          break
        }
        taken++
        this.member(out, freeName(mapKey(key), out), () => item, depth)
      }
      return out
    })
  }

  /** An object's members, or those of what its toJSON gives. One step only, so that no toJSON can go on for ever. */
  #jsonOf(value: object, depth: number): SafeValue {
    const toJSON: unknown = (value as { toJSON?: unknown }).toJSON
    if (typeof toJSON !== 'function') return this.plainMembers(value, depth)
    const json: unknown = toJSON.call(value)
    if (json === value) return this.plainMembers(value, depth)
    return isPlain(json) ? this.plainMembers(json, depth) : (this.value(json, depth + 1) ?? null)
  }
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function literalOnly(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? value : undefined
}

function mapKey(key: unknown): string {
  return typeof key === 'object' && key !== null ? '[object]' : String(key)
}

function freeName(name: string, out: object): string {
  let free = name
  for (let number = 2; Object.hasOwn(out, free); number++) free = `${name} ${number}`
  return free
}

// A secret that begins before the cut may be known by what stands behind it.
const lookAhead = 1_024

function cutText(text: string, redaction: Redaction, most: number): string {
  const mark = `…[cut: ${text.length} characters]`
  const safe = redaction.text(text.slice(0, most + lookAhead), text.length > most + lookAhead)
  return safe.slice(0, Math.max(0, most - mark.length)) + mark
}
