import type { TopRow } from '../../reading/top-rows.js'
import { duration } from '../../safe-values/duration.js'
import { escapeText } from '../../safe-values/escape.js'

/** A figure by which rows are sorted. */
export interface Measure {
  readonly of: (row: TopRow) => number
  readonly title: string
  /** `globex took 60 % of …` */
  readonly what: string
  readonly shown: (value: number) => string
}

/** A whole number, with a space before each three digits. */
export const count = (value: number): string => String(value).replace(/\B(?=(?:\d{3})+$)/g, ' ')
/** Milliseconds in words; `0` for none. */
export const time = (ms: number): string => (ms === 0 ? '0' : duration(ms))
/** The measures of `--sort`, by name. */
export const measures: Readonly<Record<string, Measure>> = {
  cpu: { of: (row) => row.cpuMs, title: 'CPU', what: 'measured CPU', shown: time },
  requests: { of: (row) => row.requests + row.jobs, title: 'REQUESTS', what: 'requests and jobs', shown: count },
  errors: { of: (row) => row.errors, title: 'ERRORS', what: 'failures', shown: count },
  ms: { of: (row) => row.ms, title: 'TIME', what: 'time of requests', shown: time },
  queries: { of: (row) => row.queryMs, title: 'QUERIES', what: 'query time', shown: time },
  pool: { of: (row) => row.poolMs, title: 'WAITED', what: 'waits for a connection', shown: time },
  bytes: { of: (row) => row.bytes, title: 'BYTES', what: 'bytes', shown: count },
  heldUp: { of: (row) => row.heldUpMs, title: 'HELD UP', what: 'time of being held up', shown: time },
}

/** The measure of a counter that the service adds with `spoor.count`; undefined for other words. */
export function countMeasure(wanted: string): Measure | undefined {
  if (!wanted.startsWith('counts.') || wanted.length === 7) return undefined
  const name = wanted.slice(7)
  return {
    of: ({ counts }) => (counts !== undefined && Object.hasOwn(counts, name) ? (counts[name] ?? 0) : 0),
    title: escapeText(name).slice(0, 12),
    what: escapeText(name),
    shown: (value) => count(Math.round(value)),
  }
}
