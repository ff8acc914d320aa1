/** The vertical scale of a chart. */
export interface Scale {
  readonly top: number
  readonly ticks: readonly number[]
}

/**
 * A scale from 0 to a round number over `max`, with three to six ticks.
 *
 * @param unit ticks are round in this unit: 1,024 for KB
 * @param minStep the least distance of ticks: 1 for what is counted
 */
export function niceScale(max: number, unit = 1, minStep = 0): Scale {
  const most = Number.isFinite(max) && max > 0 ? max : minStep > 0 ? minStep : unit
  const step = Math.max(minStep, niceStep(most / unit / 4) * unit)
  const count = Math.max(1, Math.ceil(most / step - 1e-9))
  // From the index, since sums of 0.1 drift.
  const ticks = Array.from({ length: count + 1 }, (_, at) => at * step)
  return { top: count * step, ticks }
}

/** The least of 1, 2, 2.5, 5, 10, 20, … that is at least `value`. */
function niceStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  if (!(power > 0)) return Number.MIN_VALUE * 1e10
  const factor = [1, 2, 2.5, 5].find((one) => one * power >= value * (1 - 1e-9)) ?? 10
  return factor * power
}

// Under a quarter of its ceiling a chart shows nothing but its ground.
const wholeFrom = 0.25

/** A scale up to the ceiling, or, if all is far below it, one that lets the chart be read. */
export function ceilingScale(max: number, ceiling: number): Scale {
  if (max >= ceiling * wholeFrom && max <= ceiling) {
    return { top: ceiling, ticks: [0, 0.25, 0.5, 0.75, 1].map((part) => part * ceiling) }
  }
  return niceScale(Math.max(max, ceiling / 1_000))
}
