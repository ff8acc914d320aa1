/** The most names in each of the two groups, and the most bytes of all fields together (as JSON in UTF-8). */
const maxNames = 32
const maxBytes = 8 * 1024

/** The result of adding a field or count: it is kept, or left out because of a limit. */
export type Added = 'kept' | 'too many names' | 'too many bytes'

/**
 * The fields and counts that a service added to its request or job: at most 32 fields, 32 counts, and 8 KB of fields. The caller
 * makes the values safe first (redacted plain JSON).
 */
export class OwnFields {
  readonly #fields = new Map<string, { readonly value: unknown; readonly bytes: number }>()
  readonly #counts = new Map<string, number>()
  #bytes = 0

  /** Sets a field; a later value replaces an earlier one. */
  add(name: string, value: unknown): Added {
    const known = this.#fields.get(name)
    if (known === undefined && this.#fields.size >= maxNames) return 'too many names'
    const bytes = Buffer.byteLength(JSON.stringify({ [name]: value }))
    const sum = this.#bytes - (known?.bytes ?? 0) + bytes
    if (sum > maxBytes) return 'too many bytes'
    this.#fields.set(name, { value, bytes })
    this.#bytes = sum
    return 'kept'
  }

  /** Adds `by` to a count, which starts at 0. */
  count(name: string, by: number): Added {
    const known = this.#counts.get(name)
    if (known === undefined && this.#counts.size >= maxNames) return 'too many names'
    // JSON has no Infinity: a sum that is too large stays at the largest number.
    const sum = (known ?? 0) + by
    this.#counts.set(name, Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, sum)))
    return 'kept'
  }

  /** The fields as a plain object, in the order in which they came; undefined without any. */
  get fields(): Readonly<Record<string, unknown>> | undefined {
    if (this.#fields.size === 0) return undefined
    return Object.fromEntries(Array.from(this.#fields, ([name, { value }]) => [name, value]))
  }

  /** The counts as a plain object; undefined without any. */
  get counts(): Readonly<Record<string, number>> | undefined {
    return this.#counts.size === 0 ? undefined : Object.fromEntries(this.#counts)
  }
}
