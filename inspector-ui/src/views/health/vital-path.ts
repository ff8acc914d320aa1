/** A sample's time (ms since the epoch) and value. */
export interface Point {
  readonly at: number
  readonly value: number
}

/** The time that a small chart shows, and its size in px. */
export interface Frame {
  readonly from: number
  readonly to: number
  readonly max: number
  readonly width: number
  readonly height: number
}

/**
 * Points in stretches without gaps: where samples are missing for more than three times their distance, nothing is known,
 * and no line is drawn.
 */
export function stretches(points: readonly Point[], everyMs: number): readonly (readonly Point[])[] {
  const all: Point[][] = []
  let last: Point | undefined
  for (const point of points) {
    if (!Number.isFinite(point.at) || !Number.isFinite(point.value)) continue
    if (last === undefined || point.at - last.at > 3 * everyMs || point.at < last.at) all.push([])
    all.at(-1)?.push(point)
    last = point
  }
  return all
}

/** The line and the ground of a stretch, as the data of SVG paths. */
export function vitalPath(stretch: readonly Point[], frame: Frame): { readonly line: string; readonly ground: string } {
  const [first] = stretch
  const last = stretch.at(-1)
  if (first === undefined || last === undefined) return { line: '', ground: '' }
  const points = stretch.map((point) => `${xOf(point.at, frame).toFixed(1)} ${yOf(point.value, frame).toFixed(1)}`)
  // A single sample is a short line: a point would not be seen.
  if (points.length === 1) points.push(`${(xOf(first.at, frame) + 2).toFixed(1)} ${yOf(first.value, frame).toFixed(1)}`)
  const line = `M${points.join('L')}`
  return { line, ground: `${line}V${frame.height}H${xOf(first.at, frame).toFixed(1)}Z` }
}

/** Where a time stands in a small chart. */
export function xOf(at: number, { from, to, width }: Frame): number {
  return clamp((at - from) / Math.max(1, to - from)) * width
}

function yOf(value: number, { max, height }: Frame): number {
  const part = max > 0 ? clamp(value / max) : 0
  return height - 1 - part * (height - 4)
}

function clamp(part: number): number {
  return Number.isFinite(part) ? Math.min(1, Math.max(0, part)) : 0
}

/** The sample that is nearest to a place in a small chart. */
export function nearestSample(points: readonly Point[], x: number, frame: Frame): number | undefined {
  let best: number | undefined
  let distance = Number.POSITIVE_INFINITY
  for (const [index, { at }] of points.entries()) {
    const one = Math.abs(xOf(at, frame) - x)
    if (one < distance) {
      distance = one
      best = index
    }
  }
  return best
}
