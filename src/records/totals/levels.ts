import type { Level } from './series.js'

export const minuteMs: number = 60_000
const hourMs = 60 * minuteMs
const dayMs: number = 24 * hourMs

/** The buckets of accounts and of routes. */
export const levels: readonly Level[] = [
  { everyMs: 10_000, keepMs: 10 * minuteMs, isShort: false },
  { everyMs: minuteMs, keepMs: hourMs, isShort: false },
  { everyMs: 15 * minuteMs, keepMs: dayMs, isShort: true },
]
/** The buckets of an account's routes: these are many, so they have fewer buckets. */
export const pairLevels: readonly Level[] = [
  { everyMs: minuteMs, keepMs: 0, isShort: false },
  { everyMs: 5 * minuteMs, keepMs: hourMs, isShort: false },
  { everyMs: 15 * minuteMs, keepMs: dayMs, isShort: true },
]
