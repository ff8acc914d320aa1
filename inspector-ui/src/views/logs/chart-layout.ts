import { count, plain } from '../../format/numbers.js'
import { counted } from '../../format/texts.js'
import { minutes, seconds } from '../../format/times.js'
import { type Bucket, bucketMs, chartMs } from './buckets.js'
import type { Entry } from './entries.js'

/** The line from which lines grow up, and warnings and errors down, in px. */
export const basePx = 44
export const chartPx = 74
const topPx = 4
const troublePx = 12
const minBarPx = 2.5
const narrowPx = 640

/** A part of the chart's time whose lines are missing, or not loaded. */
export interface MissingSpan {
  readonly from: number
  readonly to: number
  /** As the chart names it: `1 204 lines not shown`. */
  readonly label: string
  readonly isLost: boolean
}

/** Everything the chart draws, in px. */
export interface ChartLayout {
  readonly start: number
  readonly end: number
  /** The time of one bar, in ms. */
  readonly stepMs: number
  readonly buckets: readonly Bucket[]
  readonly lines: string
  readonly warnings: string
  readonly errors: string
  /** The number of lines that the highest bar stands for. */
  readonly max: number
  readonly labels: readonly { readonly x: number; readonly text: string; readonly anchor: 'start' | 'middle' | 'end' }[]
}

/** How many buckets of five seconds are one bar. */
export function bucketsPerBar(width: number): number {
  return width < narrowPx ? 2 : 1
}

/** The end of the chart's time: the next full bucket. */
export function chartEnd(now: number): number {
  return Math.ceil(now / (bucketMs * 2)) * bucketMs * 2
}

/** Lays the bars out. @param max the scale; a higher bar raises it */
export function layoutOf(buckets: readonly Bucket[], end: number, width: number, max: number): ChartLayout {
  const step = width / buckets.length
  const barPx = Math.max(1, step - 1.2)
  const top = niceMax(Math.max(max, ...buckets.map(({ lines }) => lines)))
  const worst = Math.max(1, ...buckets.map(({ warnings, errors }) => warnings + errors))
  const heightOf = (value: number): number => (value / top) * (basePx - topPx)
  const troubleOf = (value: number): number => (value === 0 ? 0 : Math.max(minBarPx, (value / worst) * troublePx))
  let lines = ''
  let warnings = ''
  let errors = ''
  buckets.forEach((bucket, at) => {
    const x = at * step
    const height = bucket.lines === 0 ? 0 : Math.max(1, heightOf(bucket.lines))
    if (height > 0) lines += bar(x, basePx - height, barPx, height)
    const warned = troubleOf(bucket.warnings)
    const failed = troubleOf(bucket.errors)
    if (warned > 0) warnings += bar(x, basePx + 2, barPx, warned)
    if (failed > 0) errors += bar(x, basePx + 2 + warned, barPx, failed)
  })
  const start = end - chartMs
  const stepMs = chartMs / buckets.length
  return { start, end, stepMs, buckets, lines, warnings, errors, max: top, labels: labelsOf(start, end, width) }
}

function bar(x: number, y: number, width: number, height: number): string {
  return `M${x.toFixed(1)} ${y.toFixed(1)}h${width.toFixed(1)}v${height.toFixed(1)}h-${width.toFixed(1)}z`
}

function niceMax(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(10, value)))
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((factor) => factor * power).find((one) => one >= value) ?? value
}

function labelsOf(start: number, end: number, width: number): ChartLayout['labels'] {
  const every = width < narrowPx ? 5 : width < 1_000 ? 2 : 1
  const labels: ChartLayout['labels'][number][] = []
  const firstMinute = Math.ceil(start / 60_000)
  for (let minute = firstMinute; minute * 60_000 < end; minute++) {
    const x = ((minute * 60_000 - start) / chartMs) * width
    // The last label has seconds and needs room.
    if (minute % every === 0 && x > 16 && x < width - 80)
      labels.push({ x, text: minutes(minute * 60_000), anchor: 'middle' })
  }
  return [...labels, { x: width, text: seconds(end), anchor: 'end' }]
}

/** The missing parts of the chart's time, oldest first. @param loadedFrom the time from which lines were read */
export function missingSpans(
  entries: readonly Entry[],
  start: number,
  end: number,
  loadedFrom: number | undefined,
): MissingSpan[] {
  const spans: MissingSpan[] = []
  if (loadedFrom !== undefined && loadedFrom > start)
    spans.push({ from: start, to: Math.min(loadedFrom, end), label: 'not loaded', isLost: false })
  entries.forEach((entry, place) => {
    if (entry.kind !== 'gap' || entry.why === 'rotated') return
    const to =
      entries.slice(place + 1).find(({ kind }) => kind === 'line')?.at ?? (entry.why === 'unloaded' ? end : entry.at)
    const from = Math.max(start, entry.at)
    if (to < start || from > end) return
    const label = entry.why === 'unloaded' ? 'not loaded' : missingWords(entry.lines)
    spans.push({ from, to: Math.min(to, end), label, isLost: entry.why !== 'unloaded' })
  })
  return spans
}

/** `1 204 lines not shown`. */
export function missingWords(lines: number | undefined): string {
  if (lines === undefined) return 'Some lines not shown'
  return `${plain(count(lines))} ${lines === 1 ? 'line' : 'lines'} not shown`
}

/** A bar in words: `14:03:05, 56 lines, 2 warnings`. */
export function barWords(at: number, { lines, warnings, errors }: Bucket): string {
  const parts = [seconds(at), counted(lines, 'line')]
  if (warnings > 0) parts.push(counted(warnings, 'warning'))
  if (errors > 0) parts.push(counted(errors, 'error'))
  return parts.join(', ')
}

/** The chart in one sentence. */
export function chartSentence(buckets: readonly Bucket[]): string {
  let [lines, warnings, errors] = [0, 0, 0]
  for (const bucket of buckets) {
    lines += bucket.lines
    warnings += bucket.warnings
    errors += bucket.errors
  }
  return `Log lines of the last 15 minutes by five seconds: ${counted(lines, 'line')}, ${counted(warnings, 'warning')}, ${counted(errors, 'error')}`
}
