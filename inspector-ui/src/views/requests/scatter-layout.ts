import { duration, plain } from '../../format/numbers.js'
import type { RequestPoint } from '../../protocol.js'

/** The sizes of the scatter, in px. */
export interface Frame {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

const minuteMs = 60_000
const shownMinutes = 15

/** The time that the chart shows: 15 whole minutes and the one that runs, so that it moves at minute boundaries only. */
export function timeRange(now: number): TimeRange {
  const from = Math.floor(now / minuteMs - shownMinutes) * minuteMs
  return { from, to: from + (shownMinutes + 1) * minuteMs }
}

export interface TimeRange {
  readonly from: number
  readonly to: number
}

/** The lowest and the highest power of ten of a scale, of ms. */
export interface Powers {
  readonly low: number
  readonly high: number
}

/** The powers of ten between which all durations lie: 1 ms to 10 s, or more if there are longer or many shorter ones. */
export function decades(points: readonly Pick<RequestPoint, 'durationMs'>[]): Powers {
  let longest = 0
  let short = 0
  for (const { durationMs } of points) {
    if (durationMs > longest) longest = durationMs
    if (durationMs < 1) short += 1
  }
  const high = Math.min(7, Math.max(4, Math.ceil(Math.log10(Math.max(1, longest / 1.2)))))
  return { low: short > points.length / 5 ? -1 : 0, high }
}

/** The words of a power of ten of ms. */
export function decadeLabel(power: number): string {
  if (power < 0) return '0.1 ms'
  if (power < 3) return `${10 ** power} ms`
  return power < 6 ? `${10 ** (power - 3)} s` : `${Math.round(10 ** power / 60_000)} min`
}

/** A place in the chart. */
export interface Dot {
  readonly id: string
  /** Its start, ms since 1970. */
  readonly at: number
  readonly x: number
  readonly y: number
  readonly point: RequestPoint
}

/** From times and durations to px. */
export interface Scale {
  readonly x: (at: number) => number
  readonly y: (ms: number) => number
}

/** Where points stand. */
export function scaleOf(frame: Frame, range: TimeRange, powers: Powers): Scale {
  const { width, height, left, right, top, bottom } = frame
  const inner = Math.max(1, width - left - right)
  return {
    x: (at: number): number => left + ((at - range.from) / (range.to - range.from)) * inner,
    y: (ms: number): number => {
      const power = Math.log10(Math.max(10 ** powers.low, Math.min(10 ** powers.high, ms)))
      return top + (1 - (power - powers.low) / (powers.high - powers.low)) * (height - top - bottom)
    },
  }
}

/** The shapes of points: each kind of time has one of its own, so that it is told apart without its hue. */
export type Shape = RequestPoint['dominant'] | 'failed'

/** In this order, so that what failed lies on top. */
export const shapes: readonly Shape[] = ['other', 'unmeasured', 'cpu', 'queries', 'pool', 'outgoing', 'held', 'failed']

const keptLongest = 40

/** About `max` points: all that failed, the longest, and an even choice of the others. */
export function thinned(points: readonly RequestPoint[], max: number): readonly RequestPoint[] {
  if (points.length <= max) return points
  const sorted = points.map(({ durationMs }) => durationMs).sort((one, other) => other - one)
  const long = sorted[keptLongest] ?? 0
  const step = points.length / max
  return points.filter(
    ({ durationMs, failed }, at) =>
      failed || durationMs > long || Math.floor(at / step) !== Math.floor((at - 1) / step),
  )
}

/** The places of the points that the chart shows. */
export function dotsOf(points: readonly RequestPoint[], since: number, range: TimeRange, scale: Scale): readonly Dot[] {
  const dots: Dot[] = []
  for (const point of points) {
    const at = since + point.atMs
    if (at < range.from || at > range.to) continue
    dots.push({ id: point.id, at, x: scale.x(at), y: scale.y(point.durationMs), point })
  }
  return dots
}

// So few points are drawn larger.
const fewPoints = 150

/** The data of one path for each shape. */
export function pathsOf(dots: readonly Dot[]): Readonly<Partial<Record<Shape, string>>> {
  const size = dots.length < fewPoints ? 1.6 : 1
  const paths: Partial<Record<Shape, string>> = {}
  for (const { x, y, point } of dots) {
    const shape = point.failed ? 'failed' : point.dominant
    paths[shape] = (paths[shape] ?? '') + drawn[shape](x, y, size)
  }
  return paths
}

type Draw = (x: number, y: number, size: number) => string

const px = (value: number): string => value.toFixed(1)
const circle =
  (radius: number): Draw =>
  (x, y, size) => {
    const r = radius * size
    return `M${px(x - r)} ${px(y)}a${px(r)} ${px(r)} 0 1 0 ${px(2 * r)} 0a${px(r)} ${px(r)} 0 1 0 ${px(-2 * r)} 0`
  }
const equals: Draw = (x, y, size) =>
  `M${px(x - 2.3 * size)} ${px(y - 1.5 * size)}h${px(4.6 * size)}m0 ${px(3 * size)}h${px(-4.6 * size)}`

const drawn: Readonly<Record<Shape, Draw>> = {
  cpu: circle(1.9),
  outgoing: circle(1.8),
  queries: equals,
  pool: equals,
  held: (x, y, size) => `M${px(x - 2.4 * size)} ${px(y + 2.8 * size)}l${px(4.8 * size)} ${px(-5.6 * size)}`,
  other: circle(1.8),
  unmeasured: (x, y, size) => `M${px(x - 1.8 * size)} ${px(y)}h${px(3.6 * size)}`,
  failed: (x, y) => `M${px(x)} ${px(y - 4.5)}l4.5 4.5-4.5 4.5-4.5-4.5z`,
}

/** The point nearest to a place, if one is within `reach` px. */
export function nearest(dots: readonly Dot[], x: number, y: number, reach: number): Dot | undefined {
  let best: Dot | undefined
  let least = reach * reach
  for (const dot of dots) {
    // What failed is larger, and wins over what lies below it.
    const distance = ((dot.x - x) ** 2 + (dot.y - y) ** 2) * (dot.point.failed ? 0.5 : 1)
    if (distance <= least) {
      best = dot
      least = distance
    }
  }
  return best
}

/** What a point says. */
export const shapeNames: Readonly<Record<Shape, string>> = {
  cpu: 'mostly own CPU',
  held: 'mostly held up',
  outgoing: 'mostly outgoing calls',
  queries: 'mostly queries',
  pool: 'mostly waiting for a connection',
  other: 'mostly other waits',
  unmeasured: 'not measured',
  failed: 'failed',
}

/** The chart as a table: how many points each shape has, and the longest. */
export function tableOf(points: readonly RequestPoint[]): readonly { shape: Shape; count: number; longest: string }[] {
  return shapes.flatMap((shape) => {
    const all = points.filter((point) => (point.failed ? 'failed' : point.dominant) === shape)
    const longest = all.reduce((most, { durationMs }) => Math.max(most, durationMs), 0)
    return all.length === 0 ? [] : [{ shape, count: all.length, longest: plain(duration(longest)) }]
  })
}
