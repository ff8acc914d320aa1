import type { Interval } from './intervals.js'

/** The axis: which time stands at which px. */
export interface Scale extends Interval {
  /** Where the axis begins and ends, in px. */
  readonly left: number
  readonly right: number
  /** The place of a moment; beyond the axis, its nearest end. */
  x(ms: number): number
  /** The moment at a place. */
  ms(x: number): number
}

/** The shortest window that the reader can zoom into, in ms. */
export const minWindowMs = 0.05

/** Makes the axis of a window of time. */
export function scaleOf(shown: Interval, left: number, right: number): Scale {
  const span = Math.max(minWindowMs, shown.to - shown.from)
  const wide = Math.max(1, right - left)
  return {
    from: shown.from,
    to: shown.from + span,
    left,
    right: left + wide,
    x: (ms) => left + Math.min(1, Math.max(0, (ms - shown.from) / span)) * wide,
    ms: (x) => shown.from + Math.min(1, Math.max(0, (x - left) / wide)) * span,
  }
}

export interface Tick {
  readonly ms: number
  readonly text: string
}

const minTickPx = 72

/** Round moments on the axis, at least 72 px apart; the first that is not 0 has the unit. */
export function ticksOf({ from, to, left, right }: Scale): readonly Tick[] {
  const step = roundStep(((to - from) * minTickPx) / Math.max(1, right - left))
  const inSeconds = step >= 1_000
  const decimals = inSeconds ? 0 : Math.max(0, -Math.floor(Math.log10(step)))
  const ticks: Tick[] = []
  let isNamed = false
  for (let at = Math.ceil(from / step); at * step <= to && ticks.length < 100; at += 1) {
    const ms = at * step
    const digits = (inSeconds ? String(Math.round(ms / 1_000)) : ms.toFixed(decimals)).replace('-', '−')
    const isFirst = at !== 0 && !isNamed
    if (isFirst) isNamed = true
    ticks.push({ ms, text: at === 0 ? '0' : isFirst ? `${digits} ${inSeconds ? 's' : 'ms'}` : digits })
  }
  return ticks
}

/** 1, 2 or 5 with zeros: the least that is not below `min`. */
function roundStep(min: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(min, 1e-6)))
  const step = [1, 2, 5, 10].find((one) => one * power >= min * 0.999) ?? 10
  return step * power
}

/** The window `by` times as long (0.5: half), around a moment that stays where it is, within `bounds`. */
export function zoomed(shown: Interval, by: number, around: number, bounds: Interval): Interval {
  const whole = bounds.to - bounds.from
  const span = Math.min(whole, Math.max(minWindowMs, (shown.to - shown.from) * by))
  const share = (around - shown.from) / Math.max(minWindowMs, shown.to - shown.from)
  const from = Math.max(bounds.from, Math.min(bounds.to - span, around - share * span))
  return { from, to: from + span }
}
