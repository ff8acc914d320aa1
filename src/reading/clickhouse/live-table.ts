import { lineOfRow } from '../../records/clickhouse/line-row.js'
import { tables } from '../../records/clickhouse/schema.js'
import { type Viewer, Watching } from '../lines/watching.js'
import { addFilter, type ConditionList, readable } from './conditions.js'
import type { PlacedRow, Tables } from './reading-client.js'

const everyMs = 1_000
/**
 * Lines are looked for within this time before the newest: batches come late, and the clocks of machines differ. A line that arrives
 * later is not shown live; every search finds it.
 */
const windowMs = 20_000
/** After a pause, such as of a server that was away, the window begins where it began at the last look, but no longer ago. */
const maxPauseMs = 600_000
/** So many new lines are read at a time; more are counted as dropped. */
const maxNew = 1_000
/** So many lines of the window are told apart. */
const maxKnown = 50_000
/** What tells a row from others. Equal rows have equal numbers, and are counted. */
const key = 'toString(cityHash64(Timestamp, ScopeName, Body, mapValues(LogAttributes)))'

/** Follows `otel_logs` for any number of viewers. Each has queries of its own, within its access. */
export class LiveTable {
  readonly #tables: Tables
  readonly #keepsAlive: boolean
  readonly #open = new Set<() => void>()

  /** @param keepsAlive whether following keeps the process alive */
  constructor(of: Tables, keepsAlive: boolean) {
    this.#tables = of
    this.#keepsAlive = keepsAlive
  }

  /**
   * Adds a viewer.
   *
   * @param after the id of the last event that the viewer got: it goes on there
   * @returns a function that removes the viewer
   */
  async add(viewer: Viewer, after?: string): Promise<() => void> {
    const followed = new Followed(this.#tables, viewer)
    await followed.begin(after)
    let timer: NodeJS.Timeout | undefined
    let isOver = false
    const wait = (): void => {
      if (isOver) return
      timer = setTimeout(() => void followed.look().then(wait, wait), everyMs)
      if (!this.#keepsAlive) timer.unref()
    }
    const end = (): void => {
      isOver = true
      followed.end()
      clearTimeout(timer)
      this.#open.delete(end)
    }
    this.#open.add(end)
    wait()
    return end
  }

  close(): void {
    for (const end of this.#open) end()
  }
}

/** The lines that one viewer has seen. */
class Followed {
  readonly #tables: Tables
  readonly #viewer: Viewer
  readonly #watching: Watching
  /** How often each row of the window was seen, by its key. */
  #known: ReadonlyMap<string, number> = new Map()
  /** The time of the newest line that was sent, ms since the epoch. */
  #newest = 0
  /** When the last window had been read, ms since the epoch. */
  #lookedAt = Date.now()
  #isOver = false

  constructor(of: Tables, viewer: Viewer) {
    this.#tables = of
    this.#viewer = viewer
    // The ids of events hold times of the viewer's own lines only.
    this.#watching = new Watching(viewer, undefined)
  }

  async begin(after: string | undefined): Promise<void> {
    const place = placeIn(this.#watching.opened(after))
    const window = await this.#window()
    if (place === undefined) {
      this.#known = counted(window)
      return
    }
    this.#newest = place
    const missed = await this.#rows(place + 1)
    this.#known = counted([...window.filter(({ ms }) => Number(ms) <= place), ...missed])
    this.#send(missed, missed.length)
    await this.look()
  }

  end(): void {
    this.#isOver = true
  }

  /** Sends the lines that are new since the last look. */
  async look(): Promise<void> {
    const window = await this.#window()
    const fresh = without(window, this.#known)
    const from = fresh.reduce((least, { ms }) => Math.min(least, Number(ms)), Number.POSITIVE_INFINITY)
    const rows = fresh.length === 0 ? [] : await this.#rows(from)
    if (this.#isOver) return
    this.#known = counted(window)
    this.#send(within(rows, counted(fresh)), fresh.length)
  }

  /** @param count how many lines are new; those that are not among the rows are too many */
  #send(rows: readonly KeyedRow[], count: number): void {
    const sent = rows.slice(-maxNew)
    this.#watching.dropped += Math.max(0, count - sent.length)
    for (const row of sent) {
      this.#newest = Math.max(this.#newest, Number(row.time))
      this.#watching.see(lineOfRow(row), tables.logs, this.#id)
    }
    this.#watching.flush(this.#id)
  }

  readonly #id = (): string => JSON.stringify({ after: this.#newest })

  /** The keys of the lines in the window, without their texts. */
  async #window(): Promise<KeyedTime[]> {
    const where = this.#conditions()
    if (where === undefined) return []
    const pauseMs = Math.min(Math.max(0, Date.now() - this.#lookedAt), maxPauseMs)
    // Lines of all machines are compared with the clock of the server. A window that began before the last one would show lines twice.
    where.add(`TimestampTime >= now() - ${Math.floor((windowMs + pauseMs) / 1_000)}`)
    const columns = `toUnixTimestamp64Milli(Timestamp) AS ms, ${key} AS id`
    const rows = await this.#tables.rows<KeyedTime>(
      `SELECT ${columns} FROM ${this.#tables.logs} WHERE ${where.sql} ORDER BY Timestamp DESC LIMIT ${maxKnown}`,
      where.params,
    )
    this.#lookedAt = Date.now()
    return rows
  }

  /** The lines since a time, oldest first. */
  async #rows(fromMs: number): Promise<KeyedRow[]> {
    const where = this.#conditions()
    if (where === undefined) return []
    where.between(BigInt(fromMs) * 1_000_000n, undefined)
    const rows = await this.#tables.lines<KeyedRow>(
      where,
      `ORDER BY Timestamp DESC LIMIT ${4 * maxNew}`,
      `${key} AS id`,
    )
    return rows.reverse()
  }

  #conditions(): ConditionList | undefined {
    const where = readable(this.#viewer.access)
    return where && addFilter(where, this.#viewer.filter, this.#viewer.access)
  }
}

interface KeyedTime {
  readonly ms: number | string
  readonly id: string
}

interface KeyedRow extends PlacedRow {
  readonly id: string
}

function counted(rows: readonly { readonly id: string }[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { id } of rows) counts.set(id, (counts.get(id) ?? 0) + 1)
  return counts
}

/** The rows beyond those that are known. */
function without<Row extends { readonly id: string }>(rows: readonly Row[], known: ReadonlyMap<string, number>): Row[] {
  const left = new Map(known)
  return rows.filter(({ id }) => {
    const times = left.get(id) ?? 0
    left.set(id, times - 1)
    return times <= 0
  })
}

/** The rows that are wanted, each as often as it is wanted. */
function within<Row extends { readonly id: string }>(rows: readonly Row[], wanted: ReadonlyMap<string, number>): Row[] {
  const taken = new Map<string, number>()
  return rows.filter(({ id }) => {
    const times = (taken.get(id) ?? 0) + 1
    taken.set(id, times)
    return times <= (wanted.get(id) ?? 0)
  })
}

/** The time in what an event id holds; undefined for any other text. */
function placeIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const [, ms] = /^\{"after":(\d{1,15})\}$/.exec(text) ?? []
  return ms === undefined ? undefined : Number(ms)
}
