import { roundedMs } from '../safe-values/rounded-ms.js'
import type { Span } from '../work/charge.js'
import type { Work } from '../work/work.js'
import type { StoredRecord } from './record.js'
import type { DominantTime } from './record-store.js'
import type { TrackedFigures } from './request-record.js'

/**
 * The parts of a request's duration off the CPU. Together with `cpu.ms` they give the duration: each moment counts for
 * the first part that applies, in this order. Time in which other requests held this one up is in `otherMs`.
 */
export interface Waits {
  /** At least one outgoing call was open. */
  readonly outgoingMs: number
  /** Inside a step of `spoor.measure`. */
  readonly stepsMs: number
  /** Everything else: timers, files, databases, its turn in the event loop. */
  readonly otherMs: number
  /** Before measuring began, and after it ended. */
  readonly unmeasuredMs: number
}

/**
 * The kind of time that took most of a request's duration; of equal kinds the first. Steps and unmeasured time count as
 * `other`.
 *
 * @returns undefined for a request that was not measured
 */
export function dominantOf({ cpu, waits }: StoredRecord): DominantTime | undefined {
  if (cpu === undefined || waits === undefined) return undefined
  const other = waits.stepsMs + waits.otherMs + waits.unmeasuredMs
  const most = Math.max(cpu.ms, waits.outgoingMs, other)
  if (cpu.ms === most) return 'cpu'
  return waits.outgoingMs === most ? 'outgoing' : 'other'
}

/** A stretch of time, `performance.now()`. */
type Interval = readonly [start: number, end: number]

/** Divides the time from `startTick` to `endTick`. */
export function waitsOf(
  work: Work,
  { figures, truncatedAt }: TrackedFigures,
  startTick: number,
  endTick: number,
): Waits {
  const from = Math.min(endTick, startTick + figures.cpu.fromMs)
  const until = Math.max(from, truncatedAt ?? endTick)
  const window = until - from
  const unmeasuredMs = endTick - startTick - window
  // Most requests: nothing to sort and to join.
  if (work.calls === undefined && work.steps === undefined) {
    return rounded({ outgoingMs: 0, stepsMs: 0, otherMs: window - figures.cpu.ms, unmeasuredMs })
  }
  const running = union(within((figures.timeline ?? []).map(toInterval(startTick)), from, until))
  const calls = union(within(callsOf(work, endTick), from, until))
  const steps = union(
    within(
      (work.steps ?? []).map(({ start, end }) => [start, end ?? endTick]),
      from,
      until,
    ),
  )
  // Short slices are not on the timeline, so the parts may add up to too much: the last ones are shortened.
  let left = Math.max(0, window - figures.cpu.ms)
  const take = (ms: number): number => {
    const taken = Math.min(left, ms)
    left -= taken
    return taken
  }
  const outgoingMs = take(lengthOf(calls) - overlap(calls, running))
  const taken = union([...running, ...calls])
  const stepsMs = take(lengthOf(steps) - overlap(steps, taken))
  return rounded({ outgoingMs, stepsMs, otherMs: left, unmeasuredMs })
}

function toInterval(origin: number): (span: Span) => Interval {
  return ([start, length]) => [origin + start, origin + start + length]
}

/** The recorded calls. The time of further calls is in `otherMs`. */
function callsOf({ calls }: Work, now: number): Interval[] {
  return (calls?.kept ?? []).map(({ start, end }) => [start, end ?? now])
}

function within(intervals: readonly Interval[], from: number, until: number): Interval[] {
  return intervals
    .map(([start, end]): Interval => [Math.max(start, from), Math.min(end, until)])
    .filter(([start, end]) => end > start)
}

/** The same time in as few intervals as possible, in order. */
function union(intervals: readonly Interval[]): Interval[] {
  const merged: [number, number][] = []
  for (const [start, end] of [...intervals].sort(([a], [b]) => a - b)) {
    const last = merged[merged.length - 1]
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end)
    else merged.push([start, end])
  }
  return merged
}

function lengthOf(intervals: readonly Interval[]): number {
  return intervals.reduce((sum, [start, end]) => sum + end - start, 0)
}

/** How long both of two unions lasted at once. */
function overlap(ones: readonly Interval[], others: readonly Interval[]): number {
  return ones.reduce((sum, [start, end]) => sum + lengthOf(within(others, start, end)), 0)
}

function rounded(waits: Waits): Waits {
  const ms = (value: number): number => Math.max(0, roundedMs(value))
  const { outgoingMs, stepsMs, otherMs, unmeasuredMs } = waits
  return { outgoingMs: ms(outgoingMs), stepsMs: ms(stepsMs), otherMs: ms(otherMs), unmeasuredMs: ms(unmeasuredMs) }
}
