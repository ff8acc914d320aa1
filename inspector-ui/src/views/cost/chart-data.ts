import type { UsageAnswer } from '../../protocol.js'
import type { Measure } from './measures.js'
import { type Axis, axisOf, type Band, highest, rowsOf, stack } from './stack.js'

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
export function chartOf(answer: Answer, measure: Measure, now: number): ChartData {
  const axis = axisFor(answer, now)
  const rows = rowsOf(answer.items, axis)
    .map(({ key, values }) => ({ key, values: values.map(measure.heightOf) }))
    .filter(({ values }) => values.some((value) => value > 0))
  const bands = stack(rows, axis.times.length)
  return { times: axis.times, bands, highest: highest(bands) }
}

/** The figures by minute of each account that has some, the last one as the mean of its part. */
export function sparksOf({
  answer,
  now,
}: {
  readonly answer: Answer
  readonly now: number
}): ReadonlyMap<string, readonly number[]> {
  return new Map(rowsOf(answer.items, axisFor(answer, now)).map(({ key, values }) => [key, values]))
}

type Answer = Pick<UsageAnswer, 'items' | 'span'>

function axisFor({ items, span }: Answer, now: number): Axis {
  const length = items.reduce((most, { perMinute = [] }) => Math.max(most, perMinute.length), 0)
  return axisOf(length, span === '24h', now)
}
