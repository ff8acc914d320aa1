import { percent, plain, size } from '../../format/numbers.js'
import { cut } from '../../format/texts.js'
import type { RankedBy, UsageItem } from '../../protocol.js'
import { shortNumber, shortTime } from './amounts.js'
import { ceilingScale, niceScale, type Scale } from './scale.js'

/** A figure by which accounts and routes are compared. */
export interface Measure {
  readonly by: RankedBy
  /** On its button: `Held up others`. */
  readonly label: string
  /** Over the chart: `CPU by account`. */
  readonly title: string
  /** What the chart's height is: `in parts of one main thread`. */
  readonly height: string
  /** The head of its column. */
  readonly column: string
  /** Which hue it has: a class of the view. */
  readonly hue: '' | 'by-query' | 'by-held' | 'by-plain'
  /** `time`: ms, shown in one unit in a column. */
  readonly kind: 'time' | 'bytes' | 'count'
  /** True if windows estimate it where not all work is measured. */
  readonly isMeasured: boolean
  /** Undefined if the service does not know it. */
  value(sums: UsageItem): number | undefined
  /** From the figure of a minute to the chart's height. */
  heightOf(perMinute: number): number
  /** A height as text, on the axis and at a band. */
  shown(height: number): string
  scale(max: number): Scale
  /** The height that cannot be passed, and what it is. */
  readonly ceiling?: { readonly height: number; readonly says: string }
}

const minuteMs = 60_000
const asIs = (value: number): number => value

/** The CPU of an account or route. What no window saw is not known: it need not be 0. */
export function knownCpu({
  cpuMs,
  exact,
  windows = 0,
}: Pick<UsageItem, 'cpuMs' | 'exact' | 'windows'>): number | undefined {
  return cpuMs === 0 && !exact && windows === 0 ? undefined : cpuMs
}

const cpu: Measure = {
  by: 'cpu',
  label: 'CPU',
  title: 'CPU by account',
  height: 'in parts of one main thread',
  column: 'CPU',
  hue: '',
  kind: 'time',
  isMeasured: true,
  value: knownCpu,
  heightOf: (ms) => ms / minuteMs,
  shown: shownShare,
  scale: (max) => ceilingScale(max, 1),
  ceiling: { height: 1, says: 'one whole main thread' },
}

const queries: Measure = {
  by: 'queries',
  label: 'Queries',
  title: 'Queries by account',
  height: 'requests with an open query, mean of each minute',
  column: 'In queries',
  hue: 'by-query',
  kind: 'time',
  isMeasured: false,
  value: ({ queryMs }) => queryMs,
  heightOf: (ms) => ms / minuteMs,
  shown: shortNumber,
  scale: finely,
}

const heldUp: Measure = {
  by: 'heldUp',
  label: 'Held up others',
  title: 'Held up others, by account',
  height: 'how long others waited, each minute',
  column: 'Held up others',
  hue: 'by-held',
  kind: 'time',
  isMeasured: true,
  value: ({ heldOthers, exact, windows }) => (exact || windows !== undefined ? heldOthers?.ms : undefined),
  heightOf: asIs,
  shown: shortTime,
  scale: timeScale,
}

const bytes: Measure = {
  by: 'bytes',
  label: 'Bytes',
  title: 'Bytes by account',
  height: 'to and from clients, each minute',
  column: 'Bytes',
  hue: 'by-plain',
  kind: 'bytes',
  isMeasured: false,
  value: (sums) => sums.bytes,
  heightOf: asIs,
  shown: (value) => plain(size(value)),
  scale: sizeScale,
}

const requests: Measure = {
  by: 'requests',
  label: 'Requests',
  title: 'Requests by account',
  height: 'that ended, each minute',
  column: 'Requests',
  hue: 'by-plain',
  kind: 'count',
  isMeasured: false,
  value: (sums) => sums.requests,
  heightOf: asIs,
  shown: shortNumber,
  scale: (max) => niceScale(max, 1, 1),
}

const pool: Measure = {
  ...queries,
  by: 'pool',
  label: 'Connections',
  title: 'Connections by account',
  height: 'connections of pools in use, mean of each minute',
  column: 'Had connections',
  value: ({ holdMs }) => holdMs,
}

const errors: Measure = {
  ...requests,
  by: 'errors',
  label: 'Failed',
  title: 'Failed, by account',
  height: 'requests and jobs, each minute',
  column: 'Failed',
  value: (sums) => sums.errors,
}

/** The measures with a button of their own. */
export const mainMeasures: readonly Measure[] = [cpu, queries, heldUp, bytes, requests]

/** The measures in the menu, above the counters of the service. */
export const moreMeasures: readonly Measure[] = [pool, errors]

const prefix = 'counts.'

/** The measure that the URL names; CPU if it names none. */
export function measureOf(by: string | null): Measure {
  const found = [...mainMeasures, ...moreMeasures].find((one) => one.by === by)
  if (found !== undefined) return found
  const name = by?.startsWith(prefix) ? by.slice(prefix.length) : ''
  return name === '' || name.length > 100 ? cpu : counter(name)
}

/** The measure of a counter of the service. */
export function counter(name: string): Measure {
  const shown = cut(name, 30)
  return {
    ...requests,
    by: `${prefix}${name}`,
    label: shown,
    title: `${shown} by account`,
    height: 'each minute; a counter of this service',
    column: shown,
    value: ({ counts }) => (counts !== undefined && Object.hasOwn(counts, name) ? (counts[name] ?? 0) : 0),
    scale: finely,
  }
}

/** The name of the counter that a measure counts. */
export function counterName({ by }: Measure): string | undefined {
  return by.startsWith(prefix) ? by.slice(prefix.length) : undefined
}

/** The counters of the service with their sums, the first thirty by name. */
export function countersOf(items: readonly UsageItem[]): readonly { readonly name: string; readonly sum: number }[] {
  const sums = new Map<string, number>()
  for (const { counts = {} } of items) {
    for (const [name, value] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + value)
  }
  const sorted = [...sums].sort(([one], [other]) => (one < other ? -1 : 1))
  return sorted.slice(0, 30).map(([name, sum]) => ({ name, sum }))
}

function shownShare(share: number): string {
  const value = share * 100
  if (value > 0 && value < 0.005) return '< 0.01 %'
  // Ticks of 1 and 1.5 % must not read the same.
  if (value > 0 && value < 9.95) return `${Number(value.toPrecision(2))} %`
  return plain(percent(share))
}

/** Finer ticks than 0.01 would all read the same. */
function finely(max: number): Scale {
  return niceScale(Math.max(max, 0.04))
}

/** Ticks that are round in the unit that they are read in. */
function sizeScale(max: number): Scale {
  const power = Math.max(0, Math.floor(Math.log(Math.max(1, max)) / Math.log(1_024)))
  return niceScale(max, 1_024 ** power, 1)
}

/** Ticks that are round in the unit that they are read in. */
function timeScale(maxMs: number): Scale {
  if (maxMs < 1_000) return niceScale(Math.max(maxMs, 0.1))
  return niceScale(maxMs, maxMs < minuteMs ? 1_000 : minuteMs)
}
