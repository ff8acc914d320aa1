import type { UsageAnswer } from '../../protocol.js'
import type { Measure } from './measures.js'
import { axisOf, type Band, highest, rowsOf, stack } from './stack.js'

/** What the chart draws. */
export interface ChartData {
  /** The points of the time axis, ms since the epoch by the service's clock. */
  readonly times: readonly number[]
  /** From the bottom up. */
  readonly bands: readonly Band[]
  readonly highest: number
}

/**
 * Makes the chart of an answer: its items by minute, in the unit of the measure.
 *
 * @param now when the service answered, by its clock
 */
export function chartOf(answer: Pick<UsageAnswer, 'items' | 'span'>, measure: Measure, now: number): ChartData {
  const length = answer.items.reduce((most, { perMinute = [] }) => Math.max(most, perMinute.length), 0)
  const axis = axisOf(length, answer.span === '24h', now)
  const rows = rowsOf(answer.items, axis)
    .map(({ key, values }) => ({ key, values: values.map(measure.heightOf) }))
    .filter(({ values }) => values.some((value) => value > 0))
  const bands = stack(rows, axis.times.length)
  return { times: axis.times, bands, highest: highest(bands) }
}
