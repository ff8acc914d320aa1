/** The length of the start that ids of one time share: 8 hex digits of a UUIDv7 are 65 s. */
const sharedLength = 8

/**
 * Finds ids in bytes. Ids of about the same time begin alike, so the jobs of one request are found in one pass: the
 * search is for the common start, then the rest is compared.
 */
export class Needles {
  /** The length of the longest id, in bytes. */
  readonly length: number
  readonly #groups: readonly { readonly start: Buffer; readonly ids: readonly Buffer[] }[]

  constructor(ids: Iterable<string>) {
    const byStart = new Map<string, string[]>()
    for (const id of ids) {
      const start = id.slice(0, sharedLength)
      byStart.set(start, [...(byStart.get(start) ?? []), id])
    }
    this.#groups = [...byStart].map(([start, same]) => ({
      start: Buffer.from(same.length === 1 ? (same[0] as string) : start),
      ids: same.map((id) => Buffer.from(id)),
    }))
    this.length = Math.max(0, ...this.#groups.flatMap((group) => group.ids.map((id) => id.length)))
  }

  /** A search through `bytes` for all ids, in the order of the bytes. */
  in(bytes: Buffer): Occurrences {
    return new Occurrences(bytes, this.#groups)
  }
}

type Groups = readonly { readonly start: Buffer; readonly ids: readonly Buffer[] }[]

/** Where ids occur in one piece of bytes. */
export class Occurrences {
  readonly #bytes: Buffer
  readonly #groups: Groups
  /** For each group, where it occurs next; -1 if no more. */
  readonly #next: number[]

  constructor(bytes: Buffer, groups: Groups) {
    this.#bytes = bytes
    this.#groups = groups
    this.#next = groups.map((_, at) => this.#find(at, 0))
  }

  /** The first occurrence at or after `from`; -1 if there is none. `from` must not decrease. */
  after(from: number): number {
    let first = -1
    for (let at = 0; at < this.#next.length; at++) {
      let next = this.#next[at] as number
      if (next >= 0 && next < from) {
        next = this.#find(at, from)
        this.#next[at] = next
      }
      if (next >= 0 && (first < 0 || next < first)) first = next
    }
    return first
  }

  #find(group: number, from: number): number {
    const { start, ids } = this.#groups[group] as Groups[number]
    for (let at = this.#bytes.indexOf(start, from); at >= 0; at = this.#bytes.indexOf(start, at + 1)) {
      if (ids.length === 1 || ids.some((id) => this.#isAt(id, at))) return at
    }
    return -1
  }

  #isAt(id: Buffer, at: number): boolean {
    return this.#bytes.compare(id, 0, id.length, at, Math.min(at + id.length, this.#bytes.length)) === 0
  }
}
