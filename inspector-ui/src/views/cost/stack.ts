import type { UsageItem } from '../../protocol.js'

/** The figure of one account at each point of the time axis. */
export interface Row {
  /** The account, as the API names it. */
  readonly key: string
  readonly values: readonly number[]
}

/** An account's band in the stacked area. */
export interface Band extends Row {
  /** Undefined: the band of all accounts that have none of their own. */
  readonly account: string | undefined
  /** How many accounts it sums up; 0 if that is not known. */
  readonly accounts: number
  /** Its colour in the ramp: 1 is the heaviest. */
  readonly step: number
  readonly low: readonly number[]
  readonly high: readonly number[]
}

/** The last colour of the ramp, and so many accounts have a band of their own. */
export const maxBands = 5

/**
 * Stacks rows, the heaviest on top. The rows after the fifth share the band at the bottom.
 *
 * @param rows the heaviest first
 * @param length the number of points; shorter rows are 0 at the missing ones
 */
export function stack(rows: readonly Row[], length: number): readonly Band[] {
  // A single row that is left has a name, so it gets a band as well.
  const owned = rows.length === maxBands + 1 && rows[maxBands]?.key !== '(other)' ? maxBands + 1 : maxBands
  const own = rows.slice(0, owned)
  const rest = rows.slice(owned)
  const base = new Array<number>(length).fill(0)
  const bands: Band[] = []
  const add = (row: Row, account: string | undefined, accounts: number, step: number): void => {
    const low = base.slice()
    const values = low.map((_, at) => finite(row.values[at]))
    for (const [at, value] of values.entries()) base[at] = (base[at] ?? 0) + value
    bands.push({ key: row.key, account, accounts, step, values, low, high: base.slice() })
  }
  if (rest.length > 0) {
    const isCounted = rest.every(({ key }) => key !== '(other)')
    add({ key: '(others)', values: sumOf(rest, length) }, undefined, isCounted ? rest.length : 0, maxBands)
  }
  for (let at = own.length - 1; at >= 0; at--) {
    const row = own[at] as Row
    add(row, row.key, 1, Math.min(maxBands, at + 1))
  }
  return bands
}

function sumOf(rows: readonly Row[], length: number): number[] {
  const sum = new Array<number>(length).fill(0)
  for (const { values } of rows) {
    for (let at = 0; at < length; at++) sum[at] = (sum[at] ?? 0) + finite(values[at])
  }
  return sum
}

/** What the service does not know is drawn as nothing; the table says that it is not known. */
function finite(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) && value > 0 ? value : 0
}

/** The highest point of a stack. */
export function highest(bands: readonly Band[]): number {
  let most = 0
  for (const value of bands.at(-1)?.high ?? []) most = Math.max(most, value)
  return most
}

/** The time axis of a chart by minute. */
export interface Axis {
  /** The end of each stretch, ms since the epoch, by the service's clock. */
  readonly times: readonly number[]
  /** The length of all stretches but the last. */
  readonly everyMs: number
  /** The part of the last stretch that is over, 0 to 1. */
  readonly lastPart: number
}

// The mean of a few seconds jumps, so the last stretch is drawn once a sixth of it is over.
const minPart = 1 / 6

/**
 * The axis of the `perMinute` of an answer: stretches of a minute, or of a quarter of an hour if the span is over an hour.
 *
 * @param length of `perMinute`
 * @param now when the service answered, by its clock
 */
export function axisOf(length: number, isLong: boolean, now: number): Axis {
  const everyMs = isLong ? 900_000 : 60_000
  const start = Math.floor(now / everyMs) * everyMs
  const part = (now - start) / everyMs
  const times = Array.from({ length }, (_, at) => start - (length - 2 - at) * everyMs)
  if (length === 0) return { times, everyMs, lastPart: 1 }
  if (part < minPart && length > 1) return { times: times.slice(0, -1), everyMs, lastPart: 1 }
  times[length - 1] = now
  return { times, everyMs, lastPart: part > 0 ? part : 1 }
}

/** The points of a chart that are known: each with its time, and with its place in the values. */
export type KnownPart = readonly { readonly time: number; readonly at: number }[]

/**
 * Leaves out the points before the time from which anything is known. The first stretch then begins at that time.
 *
 * @param from undefined: all is known
 */
export function knownPart(times: readonly number[], from: number | undefined): KnownPart {
  const all = times.map((time, at) => ({ time, at }))
  const known = from === undefined ? all : all.filter(({ time }) => time > from)
  const [first] = known
  if (first === undefined) return all
  return first.at === 0 || from === undefined ? known : [{ time: from, at: first.at }, ...known]
}

/** The figures of an answer's items at the points of the axis. The last, which is not over, is the mean of its part. */
export function rowsOf(items: readonly UsageItem[], { times, lastPart }: Axis): Row[] {
  return items.flatMap(({ account, perMinute }) => {
    if (account === undefined || perMinute === undefined) return []
    const values = perMinute.slice(0, times.length)
    const last = values.length - 1
    if (last >= 0 && last === perMinute.length - 1) values[last] = finite(values[last]) / lastPart
    return [{ key: account, values }]
  })
}
