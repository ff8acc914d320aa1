import { ClosedTable } from './closed-table.js'
import type { Table } from './table.js'

/** One length of buckets. */
export interface Level {
  readonly everyMs: number
  /** How long closed buckets are kept. */
  readonly keepMs: number
  /** True for figures of four bytes. */
  readonly isShort: boolean
}

/** A stretch of time that is over, or the copy of one that is not. */
export interface Bucket {
  readonly start: number
  readonly end: number
  readonly tables: readonly ClosedTable[]
  /** The figures of the thread. @see Series.thread */
  readonly thread: Float64Array
}

/** The figures of the thread in each bucket: CPU, unattributed CPU, overhead, and the number of windows. */
export const threadPlace = { cpuMs: 0, unattributedMs: 1, overheadMs: 2, windows: 3 } as const
export const threadWidth = 4

interface Open {
  start: number
  readonly tables: readonly Table[]
  readonly thread: Float64Array
  readonly closed: Bucket[]
}

/**
 * Tables in buckets of time. Figures go to the open bucket of the first level. When a bucket is over, it is closed, and added to
 * the open bucket of the next level. Times are ms of a clock that never goes back.
 */
export class Series {
  readonly #levels: readonly Level[]
  readonly #open: readonly Open[]
  readonly #release: (bucket: Bucket) => void

  /**
   * @param release called with each bucket that is too old
   */
  constructor(
    levels: readonly Level[],
    now: number,
    tables: () => readonly Table[],
    release: (bucket: Bucket) => void,
  ) {
    this.#levels = levels
    this.#release = release
    this.#open = levels.map(({ everyMs }) => ({
      start: startOf(now, everyMs),
      tables: tables(),
      thread: new Float64Array(threadWidth),
      closed: [],
    }))
  }

  /** The tables of the open bucket of a level. */
  tables(level = 0): readonly Table[] {
    return (this.#open[level] as Open).tables
  }

  /** The figures of the thread, to add to. */
  get thread(): Float64Array {
    return (this.#open[0] as Open).thread
  }

  /** When the open bucket of the first level ends. */
  get end(): number {
    return (this.#open[0] as Open).start + (this.#levels[0] as Level).everyMs
  }

  /** Closes the buckets that are over. @returns the closed bucket of each level; undefined where none was closed */
  advance(now: number): (Bucket | undefined)[] {
    return this.#levels.map((level, at) => {
      const open = this.#open[at] as Open
      // No loop over the time in between: after a sleep of the machine, it may be years.
      if (now < open.start + level.everyMs) return undefined
      const bucket = this.#close(open, level, this.#open[at + 1])
      open.start = startOf(now, level.everyMs)
      this.#dropOld(open.closed, now - level.keepMs)
      return bucket
    })
  }

  /** The buckets of a span that ends now, oldest first. Open buckets are copied. */
  buckets(spanMs: number, now: number): Bucket[] {
    const from = now - spanMs
    const at = Math.max(
      0,
      this.#levels.findIndex(({ keepMs }) => keepMs >= spanMs),
    )
    const level = spanMs > (this.#levels[at] as Level).keepMs ? this.#levels.length - 1 : at
    const closed = (this.#open[level] as Open).closed.filter(({ end }) => end > from)
    return [...closed, ...this.openBuckets(level, now).reverse()]
  }

  /** Copies of the open buckets of the first level to `level`. */
  openBuckets(level: number, now = 0): Bucket[] {
    const open = this.#open.slice(0, level + 1).filter(isUsed)
    return open.map((one) => copyOf(one, Math.max(now, one.start + 1)))
  }

  /** Adds a bucket of a time before now to a level. */
  restore(level: number, bucket: Bucket, now: number): void {
    const { closed } = this.#open[level] as Open
    if (bucket.end <= now - (this.#levels[level] as Level).keepMs) {
      this.#release(bucket)
      return
    }
    const after = closed.findIndex(({ start }) => start > bucket.start)
    closed.splice(after === -1 ? closed.length : after, 0, bucket)
  }

  /** Adds a bucket of a time before now to the one that began at the same time, if there is one. */
  merge(level: number, bucket: Bucket, now: number, newTables: () => readonly Table[]): void {
    const { closed } = this.#open[level] as Open
    const at = closed.findIndex(({ start }) => start === bucket.start)
    const known = closed[at]
    if (known === undefined) {
      this.restore(level, bucket, now)
      return
    }
    const tables = newTables()
    const thread = known.thread.slice()
    addAll(thread, bucket.thread)
    for (const one of [known, bucket])
      for (const [place, table] of one.tables.entries()) table.addTo(tables[place] as Table)
    for (const table of tables) table.trim()
    const { isShort } = this.#levels[level] as Level
    const closedTables = tables.map((table) => new ClosedTable(table, isShort))
    closed[at] = { start: known.start, end: Math.max(known.end, bucket.end), tables: closedTables, thread }
    // Last: no name may be forgotten in between.
    for (const one of [known, bucket]) this.#release(one)
  }

  #close(open: Open, { everyMs, isShort }: Level, next: Open | undefined): Bucket | undefined {
    if (!isUsed(open)) return undefined
    for (const table of open.tables) table.trim()
    const bucket = { ...copyOf(open, open.start + everyMs, isShort), thread: open.thread.slice() }
    open.closed.push(bucket)
    bucket.tables.forEach((table, at) => {
      const into = next?.tables[at]
      if (into !== undefined) table.addTo(into)
    })
    if (next !== undefined) addAll(next.thread, open.thread)
    for (const table of open.tables) table.clear(false)
    open.thread.fill(0)
    return bucket
  }

  #dropOld(closed: Bucket[], before: number): void {
    let old = 0
    while (old < closed.length && (closed[old] as Bucket).end <= before) old++
    for (const bucket of closed.splice(0, old)) this.#release(bucket)
  }
}

export function startOf(time: number, everyMs: number): number {
  return Math.floor(time / everyMs) * everyMs
}

function isUsed({ tables, thread }: Open): boolean {
  return tables.some(({ size }) => size > 0) || thread.some((figure) => figure !== 0)
}

function copyOf({ start, tables, thread }: Open, end: number, isShort = false): Bucket {
  return { start, end, tables: tables.map((table) => new ClosedTable(table, isShort)), thread: thread.slice() }
}

function addAll(to: Float64Array, from: Float64Array): void {
  for (const [at, figure] of from.entries()) to[at] = (to[at] as number) + figure
}
