import { type Check, callback, check, delay, object, optional, wholeNumber } from '../../options.js'
import type { Outcome } from '../../work/work.js'
import { expectedLevel, type LevelOption, levelFix, levelNamed } from '../levels.js'

/** Options about lines of less importance: `detail`, `sample` and `flood` of `defineLogs`. */
export interface LineChoiceOptions {
  /**
   * Keeps the lines of a request that are below its loggers' levels in memory. They are written, with `late: true`, if the request
   * fails, is slow or matches `when`. Default: such lines are dropped.
   */
  detail?: DetailOptions | undefined
  /**
   * The share of requests whose lines below `warn` are written, 0 to 1. Lines of `warn` and above, request lines and lines outside
   * requests are always written. A request and its jobs, also in other processes, have one answer. Default 1.
   */
  sample?: number | undefined
  /** At most this many lines of one logger with the same message are written in a time. Lines of `error` and `fatal` always are. */
  flood?: FloodOptions | undefined
}

/** Which lines of a request are kept, and when they are written. */
export interface DetailOptions {
  /** The lowest level that is kept. Default `debug`. */
  level?: LevelOption
  /** How many lines of one request are kept: the last ones. Default 200. */
  keepLines?: number | undefined
  /** A request that took at least this many ms is slow. Default 1,000. */
  slowMs?: number | undefined
  /** Called at the end of a request that did not fail and was not slow. Returns true to write its lines. */
  when?: ((outcome: Outcome) => boolean) | undefined
}

/** The limit of lines with the same message. */
export interface FloodOptions {
  /** How many lines are written in `everyMs`. One more line then says how many were left out. */
  lines: number
  /** Default 1,000 ms. */
  everyMs?: number | undefined
}

const level: Check = Object.assign(
  optional(check((value) => levelNamed(value) !== undefined, expectedLevel, levelFix)),
  { taken: levelNamed },
)

/** The checks of `LineChoiceOptions`. */
export const lineChoiceOptions: Readonly<Record<keyof LineChoiceOptions, Check>> = {
  detail: optional(
    object(
      { level, keepLines: optional(keepLines()), slowMs: optional(delay), when: optional(callback) },
      "write detail: { level: 'debug' }",
    ),
  ),
  sample: optional(
    check(
      (value) => typeof value === 'number' && value >= 0 && value <= 1,
      'a number from 0 to 1',
      (value) =>
        typeof value === 'number' && value > 1 && value <= 100 ? `for ${value} %, write ${value / 100}` : undefined,
    ),
  ),
  flood: optional(object({ lines: wholeNumber(1, 'lines'), everyMs: optional(delay) }, 'write flood: { lines: 100 }')),
}

function keepLines(): Check {
  return check(
    (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 10_000,
    'a whole number of lines from 1 to 10000',
  )
}
