import { callLanes } from './call-lanes.js'
import { coarse } from './coarse.js'
import { divide, sized, tellsWhen } from './divide.js'
import { type Interval, isTime } from './intervals.js'
import { jobLanes } from './job-lanes.js'
import type { Lane } from './lane.js'
import {
  cpuEstimateLane,
  cpuLane,
  heldLane,
  linesLane,
  poolLane,
  requestLane,
  stepLanes,
  unknownLane,
  waitsLane,
} from './own-lanes.js'
import { queryLanes } from './query-lanes.js'
import type { Scale } from './scale.js'
import type { StoryInput } from './story-input.js'

/** The axis of a story. */
export interface Extent extends Interval {
  /** What is shown at first: a late line hours after the response must not squeeze the request. */
  readonly first: Interval
  /** When the response was sent, or the job ended. */
  readonly end: number
}

// Beyond the end of the request the axis first shows this share of its duration, at most and at least.
const maxAfter = 0.25
const minAfter = 0.04
const maxBefore = 0.5

/** How far the axis reaches: from before the start to the last that is known. */
export function extentOf({ record, lines, jobs }: StoryInput): Extent {
  const end = isTime(record.durationMs) ? Math.max(0.05, record.durationMs) : 0.05
  const starts = (record.heldUp ?? []).map(({ startMs }) => startMs)
  const from = Math.min(0, ...[-(record.beforeStartMs ?? 0), ...starts].filter(isTime))
  const began = jobs.map(({ beganMs }) => beganMs)
  const queued = jobs.map(({ queuedAtMs }) => queuedAtMs)
  // A job that outlasts the axis ends in an arrow, so its end is no reason for a longer axis.
  const after = [record.late?.untilMs, lines?.at(-1)?.atMs, ...queued, ...began].filter(isTime)
  const ends = jobs
    .map(({ beganMs, durationMs }) => (beganMs ?? Number.NaN) + (durationMs ?? Number.NaN))
    .filter(isTime)
  const last = Math.max(end, ...after)
  const isLong = last > end * (1 + maxAfter)
  const nearest = isLong ? Math.max(end, ...after.filter((one) => one <= end * (1 + maxAfter))) : last
  const shownEnd = Math.max(end * (1 + minAfter), nearest * 1.02, jobs.length > 0 ? end * 1.1 : 0)
  const first = { from: Math.max(from, -end * maxBefore), to: shownEnd }
  return { from, to: Math.max(shownEnd, last * 1.02, ...ends), first, end }
}

/** All lanes of a story, from top to bottom. Groups end with a line. */
export function lanesOf(input: StoryInput, axisEnd: number, scale: Scale): readonly Lane[] {
  const isTold = tellsWhen(input.record)
  const pieces = isTold ? divide(input.record) : sized(input.record)
  // Pieces by size say nothing about when.
  const timed = isTold ? pieces : []
  const known = (lanes: readonly (Lane | undefined)[]): Lane[] => lanes.filter((lane) => lane !== undefined)
  const own = known([
    requestLane(input, coarse(pieces, scale), isTold),
    input.record.cpu === undefined ? unknownLane(input, timed) : undefined,
    cpuLane(input) ?? cpuEstimateLane(input),
    heldLane(input),
    waitsLane(input, timed),
    input.record.cpu === undefined ? undefined : unknownLane(input, timed),
  ])
  const work = [...stepLanes(input), ...known([poolLane(input)]), ...queryLanes(input), ...callLanes(input)]
  const rest = [...jobLanes(input, axisEnd), ...known([linesLane(input)])]
  return [...ruled(own, work.length + rest.length > 0), ...ruled(work, rest.length > 0), ...rest]
}

function ruled(lanes: readonly Lane[], isFollowed: boolean): readonly Lane[] {
  return lanes.map((lane, at) => (isFollowed && at === lanes.length - 1 ? { ...lane, isRuled: true } : lane))
}
