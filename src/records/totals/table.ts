import { type FigureName, place, weightAt, width } from './figures.js'

/** What a table needs to know of its keys. */
export interface Keys {
  /** A row begins for the key. */
  use(key: number): void
  /** The row of the key was dropped. */
  release(key: number): void
  /** Returns the rows to keep, of a table with too many. @see Table.shrink */
  kept(table: Table): readonly number[]
  /** The key that gets the figures of dropped rows; undefined if nobody does. */
  readonly rest: number | undefined
  /** A table with more rows than this is shrunk. */
  readonly mostRows: number
}

/** A table without bounds, for sums that live shortly. */
export const unbounded: Keys = {
  use() {},
  release() {},
  kept: () => [],
  rest: undefined,
  mostRows: Number.POSITIVE_INFINITY,
}

/** The most names of counts in one row. */
const maxCounts = 32
const firstRows = 16

/** The rows of a stretch of time that is not over. Each row has a key and `width` figures. */
export class Table {
  /** The figures of all rows, one after the other. */
  data: Float64Array = new Float64Array(firstRows * width)
  /** The key of each row. */
  readonly keys: number[] = []
  /** The counts of each row, by the number of their name. */
  readonly counts: (Map<number, number> | undefined)[] = []
  readonly #at = new Map<number, number>()
  readonly #of: Keys

  constructor(of: Keys) {
    this.#of = of
  }

  /** The number of rows. */
  get size(): number {
    return this.keys.length
  }

  /** The place in `data` of the key's row. If there is no row, the table begins one. Earlier places may change then. */
  at(key: number): number {
    return this.#at.get(key) ?? this.#begun(key)
  }

  /** The place in `data` of the key's row, if there is one. */
  known(key: number): number | undefined {
    return this.#at.get(key)
  }

  get(at: number, name: FigureName): number {
    return this.data[at + place[name]] as number
  }

  /** Adds to one count of the row at `at`. */
  count(at: number, name: number, by: number): void {
    const row = at / width
    const counts = this.counts[row] ?? new Map<number, number>()
    this.counts[row] = counts
    const sum = counts.get(name)
    if (sum !== undefined || counts.size < maxCounts) counts.set(name, (sum ?? 0) + by)
  }

  /** Adds the row at `from` of another table to the key's row. */
  addRow(key: number, { data, counts }: Pick<Table, 'data' | 'counts'>, from: number): void {
    const to = this.at(key)
    for (let figure = 0; figure < width; figure++) {
      this.data[to + figure] = (this.data[to + figure] as number) + (data[from + figure] as number)
    }
    const named = counts[from / width]
    if (named !== undefined) for (const [name, value] of named) this.count(to, name, value)
  }

  weight(at: number): number {
    return weightAt(this.data, at)
  }

  /** Keeps the rows of `kept`. The figures of the others go to the row of the rest. */
  shrink(kept: readonly number[]): void {
    if (kept.length === this.size) return
    const { rest } = this.#of
    const before = { data: this.data, counts: [...this.counts] }
    const places = new Map(this.#at)
    this.#empty()
    // The new rows are counted before the old ones are released: no name may be forgotten in between.
    for (const key of kept) this.addRow(key, before, places.get(key) as number)
    if (rest !== undefined) {
      // The row of the rest is one of those that are kept, or begins here.
      const isKept = new Set(kept)
      for (const [key, from] of places) if (!isKept.has(key)) this.addRow(rest, before, from)
    }
    for (const key of places.keys()) this.#of.release(key)
  }

  /** Keeps the heaviest rows. */
  trim(): void {
    this.shrink(this.#of.kept(this))
  }

  /** Removes all rows. @param releases false if another table took over the use of the keys */
  clear(releases: boolean): void {
    if (releases) for (const key of this.keys) this.#of.release(key)
    this.#empty()
  }

  #empty(): void {
    this.data = new Float64Array(firstRows * width)
    this.keys.length = this.counts.length = 0
    this.#at.clear()
  }

  #begun(key: number): number {
    // First: a name that is used must not be forgotten while the table is trimmed.
    this.#of.use(key)
    if (this.keys.length >= this.#of.mostRows) this.trim()
    const at = this.keys.length * width
    this.#at.set(key, at)
    this.keys.push(key)
    this.counts.push(undefined)
    if (at + width > this.data.length) {
      const larger = new Float64Array(this.data.length * 2)
      larger.set(this.data)
      this.data = larger
    }
    return at
  }
}
