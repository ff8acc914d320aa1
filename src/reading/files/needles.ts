/** The length of the start that ids of one time share: 8 hex digits of a UUIDv7 are 65 s. */
const sharedLength = 8

/** Shorter ids are parts of other words, or words that every line has. */
const minIdLength = 16

/**
 * The text to search for an id. A short id is searched only where Spoor writes ids, as in `"requestId":"7"`: in a member whose name
 * ends with `id` or `Id`.
 */
export function needleOf(id: string): string {
  return id.length < minIdLength ? `d":${JSON.stringify(id)}` : id
}

/** Ids that begin alike. */
interface Group {
  /** The only id, or the common start. */
  readonly start: Buffer
  /** The ids by their length in bytes; undefined for a single id. */
  readonly ids: ReadonlyMap<number, ReadonlySet<string>> | undefined
}

/**
 * Finds ids in bytes. Ids of about the same time begin alike, so the jobs of one request are found in one pass: the
 * search is for the common start, then the rest is compared.
 */
export class Needles {
  /** The length of the longest id, in bytes. */
  readonly length: number
  readonly #groups: readonly Group[]

  constructor(ids: Iterable<string>) {
    const byStart = new Map<string, Set<string>>()
    for (const id of [...ids].map(needleOf)) {
      const start = id.slice(0, sharedLength)
      byStart.set(start, (byStart.get(start) ?? new Set()).add(id))
    }
    this.#groups = [...byStart].map(([start, same]) => groupOf(start, [...same]))
    this.length = [...byStart.values()]
      .flatMap((same) => [...same])
      .reduce((most, id) => Math.max(most, bytesIn(id)), 0)
  }

  /** A search through `bytes` for all ids, in the order of the bytes. */
  in(bytes: Buffer): Occurrences {
    return new Occurrences(bytes, this.#groups)
  }
}

function groupOf(start: string, ids: readonly string[]): Group {
  const [only] = ids
  if (ids.length === 1 && only !== undefined) return { start: Buffer.from(only), ids: undefined }
  const byLength = new Map<number, Set<string>>()
  for (const id of ids) byLength.set(bytesIn(id), (byLength.get(bytesIn(id)) ?? new Set()).add(id))
  return { start: Buffer.from(start), ids: byLength }
}

function bytesIn(id: string): number {
  return Buffer.byteLength(id)
}

/** Where ids occur in one piece of bytes. */
export class Occurrences {
  readonly #bytes: Buffer
  readonly #groups: readonly Group[]
  /** For each group, where it occurs next; -1 if no more. */
  readonly #next: number[]

  constructor(bytes: Buffer, groups: readonly Group[]) {
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
    const { start, ids } = this.#groups[group] as Group
    for (let at = this.#bytes.indexOf(start, from); at >= 0; at = this.#bytes.indexOf(start, at + 1)) {
      if (ids === undefined || this.#isOneAt(ids, at)) return at
    }
    return -1
  }

  #isOneAt(ids: NonNullable<Group['ids']>, at: number): boolean {
    for (const [length, same] of ids) if (same.has(this.#bytes.toString('utf8', at, at + length))) return true
    return false
  }
}
