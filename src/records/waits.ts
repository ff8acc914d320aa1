import { roundedMs } from '../safe-values/rounded-ms.js'
import type { RunSpan } from '../work/charge.js'
import type { Interval } from '../work/open-spans.js'
import type { QueryList } from '../work/queries.js'
import type { Work } from '../work/work.js'
import type { StoredRecord } from './record.js'
import type { DominantTime } from './record-store.js'
import type { TrackedFigures } from './request-record.js'

/**
 * The parts of a request's duration off the CPU. Together with `cpu.ms` they give the duration: each moment counts for
 * the first part that applies, in this order. Of a request that was not measured, only `outgoingMs`, `queriesMs`, `poolMs` and
 * `unmeasuredMs` are known. The time of its calls and queries may include own CPU, and being held up.
 */
export interface Waits {
  /**
   * At most how long it was ready while the thread ran other code, in waits of at least 1 ms. Absent in records of earlier
   * versions.
   */
  readonly heldUpMs?: number | undefined
  /** At least one outgoing call was open. */
  readonly outgoingMs: number
  /** At least one database query was open. */
  readonly queriesMs?: number | undefined
  /** It waited for a connection of a pool. */
  readonly poolMs?: number | undefined
  /** Inside a step of `spoor.measure`. Absent if the request was not measured. */
  readonly stepsMs?: number | undefined
  /** Everything else: timers, files, databases that are not followed. Absent if the request was not measured. */
  readonly otherMs?: number | undefined
  /** Before measuring began, and after it ended. Of a request that was not measured, all that is left. */
  readonly unmeasuredMs: number
}

/**
 * The kind of time that took most of a request's duration; of equal kinds the first. Steps and unmeasured time count as
 * `other`.
 *
 * @returns undefined for a request that was not measured, unless most of its time went to calls, queries or waits for connections
 */
export function dominantOf({ cpu, waits }: Pick<StoredRecord, 'cpu' | 'waits'>): DominantTime | undefined {
  if (waits === undefined) return undefined
  const { heldUpMs = 0, outgoingMs, queriesMs = 0, poolMs = 0, stepsMs = 0, otherMs = 0, unmeasuredMs } = waits
  const isMeasured = cpu !== undefined
  const kinds: (readonly [DominantTime | undefined, number])[] = [
    ['cpu', cpu?.ms ?? 0],
    ['held', heldUpMs],
    ['outgoing', outgoingMs],
    ['queries', queriesMs],
    ['pool', poolMs],
    [isMeasured ? 'other' : undefined, stepsMs + otherMs + unmeasuredMs],
  ]
  const [kind, ms] = kinds.reduce((most, one) => (one[1] > most[1] ? one : most))
  return isMeasured || ms > 0 ? kind : undefined
}

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
  const { heldUp } = figures
  // Most requests: nothing to sort and to join.
  if (work.calls === undefined && work.steps === undefined && work.queries === undefined) {
    const waited = Math.max(0, window - figures.cpu.ms)
    const heldUpMs = heldUp && Math.min(heldUp.ms, waited)
    const otherMs = waited - (heldUpMs ?? 0)
    return rounded({ heldUpMs, outgoingMs: 0, queriesMs: 0, poolMs: 0, stepsMs: 0, otherMs, unmeasuredMs })
  }
  const running = union(within((figures.timeline ?? []).map(toInterval(startTick)), from, until))
  // Short slices are not on the timeline, so the parts may add up to more than the whole. The last parts are then shortened.
  let left = Math.max(0, window - figures.cpu.ms)
  const take = (ms: number): number => {
    const taken = Math.min(left, ms)
    left -= taken
    return taken
  }
  // The timeline joins slices that are close together: where it says that the request ran, it also waited in between.
  const cpuShare = Math.min(1, figures.cpu.ms / lengthOf(running))
  let taken: Interval[] = []
  const next = (spans: readonly Interval[], laterMs = 0): number => {
    const own = union(within(spans, from, until))
    const all = union([...taken, ...own])
    const ran = overlap(all, running) - overlap(taken, running)
    const ms = take(lengthOf(all) - lengthOf(taken) - (ran > 0 ? ran * cpuShare : 0) + laterMs)
    taken = all
    return ms
  }
  const heldUpMs = heldUp && next(heldUp.stretches.spans, heldUp.stretches.laterMs)
  const outgoingMs = next(callsOf(work, endTick))
  const queries = work.queries?.openUntil(endTick)
  const queriesMs = next(queries?.spans ?? [], queries?.laterMs)
  const pool = work.queries?.waitingUntil(endTick)
  const poolMs = next(pool?.spans ?? [], pool?.laterMs)
  const stepsMs = next((work.steps ?? []).map(({ start, end }) => [start, end ?? endTick]))
  return rounded({ heldUpMs, outgoingMs, queriesMs, poolMs, stepsMs, otherMs: left, unmeasuredMs })
}

/**
 * The waits of a request that was not measured. It had calls or queries open at the same time, or waited for a connection
 * while it had: sums do not tell how long.
 */
export function overlappingWaits(work: Work, startTick: number, endTick: number): Waits | undefined {
  const { calls, queries } = work
  const sums = [calls?.sum(endTick), queries?.sum(endTick), queries?.poolSum(endTick)]
  if (sums.filter((sum) => sum !== undefined && sum.ms > 0).length < 2) return undefined
  let taken = union(within(callsOf(work, endTick), startTick, endTick))
  const next = (one: ReturnType<QueryList['openUntil']> | undefined): number => {
    const all = union([...taken, ...within(one?.spans ?? [], startTick, endTick)])
    const ms = lengthOf(all) - lengthOf(taken) + (one?.laterMs ?? 0)
    taken = all
    return ms
  }
  // The list of calls is bounded, their sum is of all.
  const outgoingMs = calls?.sum(endTick).ms ?? 0
  const queriesMs = next(queries?.openUntil(endTick))
  const poolMs = next(queries?.waitingUntil(endTick))
  return knownWaits(roundedMs(endTick - startTick), outgoingMs, queriesMs, poolMs)
}

/** The waits of a request that was not measured, from their sums. Together they give its duration. */
export function knownWaits(durationMs: number, outgoingMs = 0, queriesMs = 0, poolMs = 0): Waits {
  let left = durationMs
  const take = (ms: number): number => {
    const taken = Math.max(0, Math.min(left, roundedMs(ms)))
    left = roundedMs(left - taken)
    return taken
  }
  const waits = { outgoingMs: take(outgoingMs), queriesMs: take(queriesMs), poolMs: take(poolMs) }
  return { ...waits, unmeasuredMs: left }
}

function toInterval(origin: number): (span: RunSpan) => Interval {
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

/** Intervals that cover the same time without overlaps, in order. */
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

/** How long both of two unions lasted at once. One pass: a request may have hundreds of queries and slices. */
function overlap(ones: readonly Interval[], others: readonly Interval[]): number {
  let ms = 0
  let at = 0
  for (const [start, end] of ones) {
    while (at < others.length && (others[at] as Interval)[1] <= start) at++
    for (let next = at; next < others.length && (others[next] as Interval)[0] < end; next++) {
      const other = others[next] as Interval
      ms += Math.min(end, other[1]) - Math.max(start, other[0])
    }
  }
  return ms
}

function rounded(waits: Waits): Waits {
  const ms = (value = 0): number => Math.max(0, roundedMs(value))
  const { heldUpMs, outgoingMs, queriesMs, poolMs, stepsMs, otherMs, unmeasuredMs } = waits
  return {
    heldUpMs: heldUpMs === undefined ? undefined : ms(heldUpMs),
    outgoingMs: ms(outgoingMs),
    queriesMs: ms(queriesMs),
    poolMs: ms(poolMs),
    stepsMs: ms(stepsMs),
    otherMs: ms(otherMs),
    unmeasuredMs: ms(unmeasuredMs),
  }
}
