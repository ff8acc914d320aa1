import type { Redaction } from './redaction.js'
import { safeError } from './safe-error.js'

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
  /** Characters of one string; default 16,384. */
  characters: number
}

export const defaultBounds: Bounds = { depth: 8, members: 200, values: 5_000, characters: 16_384 }

/**
 * A copy of any value that is safe to write: plain JSON, bounded, secrets replaced, cycles cut; whatever throws while
 * it is read is marked and carried through. The value itself is never changed.
 */
export function safeValue(value: unknown, redaction: Redaction, bounds: Bounds = defaultBounds): SafeValue | undefined {
  return new Copy(redaction, bounds).value(value, 0)
}

/** `safeValue` for the fields of an entry. */
export function safeFields(
  fields: object,
  redaction: Redaction,
  bounds: Bounds = defaultBounds,
): Record<string, SafeValue> {
  const copy = new Copy(redaction, bounds).members(fields, 0)
  return typeof copy === 'object' && copy !== null && !Array.isArray(copy) ? copy : { value: copy }
}

/** One walk over one value: the open objects (for cycles) and how many values are left. */
export class Copy {
  readonly #redaction: Redaction
  readonly #bounds: Bounds
  readonly #open: object[] = []
  #left: number

  constructor(redaction: Redaction, bounds: Bounds) {
    this.#redaction = redaction
    this.#bounds = bounds
    this.#left = bounds.values
  }

  value(value: unknown, depth: number): SafeValue | undefined {
    switch (typeof value) {
      case 'string':
        return this.text(value)
      case 'number':
        return Number.isFinite(value) ? value : String(value)
      case 'boolean':
        return value
      case 'bigint':
        return this.text(String(value))
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
    const most = this.#bounds.characters
    return text.length <= most ? text : `${text.slice(0, most)}…[${text.length - most} characters cut]`
  }

  /** The own enumerable members of an object, each made safe, secrets replaced. */
  members(value: object, depth: number): SafeValue {
    return this.#guarded(value, depth, () => {
      const out: Record<string, SafeValue> = {}
      const keys = Object.keys(value)
      for (const key of keys.slice(0, this.#bounds.members))
        this.#member(out, key, () => (value as Record<string, unknown>)[key], depth)
      if (keys.length > this.#bounds.members) out['…'] = `${keys.length - this.#bounds.members} more members`
      return out
    })
  }

  #member(out: Record<string, SafeValue>, key: string, read: () => unknown, depth: number): void {
    const copy = this.#redaction.hides(key) ? this.#redaction.replace : this.#read(read, depth)
    if (copy === undefined) return
    const name = this.text(key)
    // An own member named __proto__ would otherwise set the prototype of the copy.
    if (name === '__proto__') Object.defineProperty(out, name, { value: copy, enumerable: true })
    else out[name] = copy
  }

  #read(read: () => unknown, depth: number): SafeValue | undefined {
    try {
      return this.value(read(), depth + 1)
    } catch (error) {
      return unreadable(error)
    }
  }

  #object(value: object, depth: number): SafeValue | undefined {
    try {
      if (value instanceof Error) return safeError(value, this, depth)
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
      if (value instanceof URL) return this.text(value.href)
      if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
      if (value instanceof RegExp) return this.text(String(value))
      if (value instanceof Promise) return '[promise]'
      if (Array.isArray(value) || value instanceof Set) return this.#list(value, depth)
      if (value instanceof Map) return this.#map(value, depth)
      const toJSON: unknown = (value as { toJSON?: unknown }).toJSON
      if (typeof toJSON === 'function') return this.#json(value, toJSON as () => unknown, depth)
      return this.members(value, depth)
    } catch (error) {
      return unreadable(error)
    }
  }

  #list(value: Iterable<unknown>, depth: number): SafeValue {
    return this.#guarded(value, depth, () => {
      const out: SafeValue[] = []
      for (const item of value) {
        if (out.length === this.#bounds.members) {
          out.push('… more members')
          break
        }
        out.push(this.#read(() => item, depth) ?? null)
      }
      return out
    })
  }

  #map(value: Map<unknown, unknown>, depth: number): SafeValue {
    return this.#guarded(value, depth, () => {
      const out: Record<string, SafeValue> = {}
      let left = this.#bounds.members
      for (const [key, item] of value) {
        if (left-- === 0) {
          out['…'] = `${value.size - this.#bounds.members} more members`
          break
        }
        const name = typeof key === 'object' && key !== null ? '[object]' : String(key)
        this.#member(out, name, () => item, depth)
      }
      return out
    })
  }

  #json(value: object, toJSON: () => unknown, depth: number): SafeValue | undefined {
    return this.#guarded(value, depth, () => {
      const plain: unknown = toJSON.call(value)
      // One step only: what toJSON returns is taken by its members, so that a toJSON that returns itself ends.
      if (typeof plain === 'object' && plain !== null && !Array.isArray(plain) && !(plain instanceof Date)) {
        return plain === value ? this.#plainMembers(value, depth) : this.members(plain, depth)
      }
      return this.value(plain, depth + 1) ?? null
    })
  }

  #plainMembers(value: object, depth: number): SafeValue {
    this.#open.pop()
    const copy = this.members(value, depth)
    this.#open.push(value)
    return copy
  }

  #guarded(value: object, depth: number, copy: () => SafeValue): SafeValue {
    if (this.#open.includes(value)) return '[circular]'
    if (depth >= this.#bounds.depth) return '[nested too deep]'
    if (this.#left-- <= 0) return '[too many values]'
    this.#open.push(value)
    try {
      return copy()
    } catch (error) {
      return unreadable(error)
    } finally {
      this.#open.pop()
    }
  }
}

function unreadable(error: unknown): string {
  try {
    return `[unreadable: ${error instanceof Error ? error.message.slice(0, 200) : typeof error}]`
  } catch {
    return '[unreadable]'
  }
}
