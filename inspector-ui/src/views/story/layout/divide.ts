import { type Kind, partsOf } from '../../../draw/kinds.js'
import type { RequestDetail } from '../../../protocol.js'
import { type Interval, isTime, lengthOf, stretch, stretches } from './intervals.js'

/** A piece of the request's time, and what the time was for. */
export interface Piece extends Interval {
  readonly kind: Kind
}

/** The members of a record that tell when what happened. */
export type Timed = Pick<
  RequestDetail,
  | 'durationMs'
  | 'measured'
  | 'cpu'
  | 'waits'
  | 'truncated'
  | 'timeline'
  | 'heldUp'
  | 'outgoing'
  | 'steps'
  | 'queryRuns'
  | 'poolWaits'
>

interface Layer {
  readonly kind: Kind
  readonly intervals: readonly Interval[]
}

// The timeline joins slices of CPU that are close together. If its slices are longer than the CPU by this much, calls and
// queries go before them: the request waited for most of such a slice.
const joinedFrom = 1.3

/**
 * Divides the duration into pieces, one after the other without gaps: each moment is of the first kind that applies. The
 * figures of the sentence come from the record; the pieces only tell where on the axis the time was.
 */
export function divide(record: Timed): readonly Piece[] {
  const end = record.durationMs
  if (!isTime(end) || end <= 0) return []
  const layers = layersOf(record)
  const rest: Kind = record.measured && record.cpu !== undefined ? 'wait' : 'unknown'
  return swept(layers, end, rest)
}

function layersOf(record: Timed): Layer[] {
  const {
    durationMs: end,
    timeline = [],
    heldUp = [],
    outgoing = [],
    steps = [],
    queryRuns = [],
    poolWaits = [],
  } = record
  const cpu: Layer = { kind: 'cpu', intervals: stretches(timeline, ([start, length]) => [start, length]) }
  const open = (startMs: number, durationMs: number | undefined): readonly [number, number] => [
    startMs,
    durationMs ?? Math.max(0, end - startMs),
  ]
  const waiting: Layer[] = [
    { kind: 'held', intervals: stretches(heldUp, ({ startMs, durationMs }) => [startMs, durationMs]) },
    { kind: 'call', intervals: stretches(outgoing, ({ startMs, durationMs }) => open(startMs, durationMs)) },
    { kind: 'query', intervals: stretches(queryRuns, ({ startMs, durationMs }) => open(startMs, durationMs)) },
    { kind: 'pool', intervals: stretches(poolWaits, ({ startMs, durationMs }) => [startMs, durationMs]) },
  ]
  const step: Layer = {
    kind: 'step',
    intervals: stretches(steps, ({ startMs, durationMs }) => open(startMs, durationMs)),
  }
  const unknown: Layer = { kind: 'unknown', intervals: unmeasuredOf(record) }
  return isJoined(record) ? [unknown, ...waiting, cpu, step] : [unknown, cpu, ...waiting, step]
}

/**
 * Whether the slices of the timeline are much longer than the CPU: close ones were joined, or the process waited for a core
 * in them.
 */
export function isJoined({ cpu, timeline = [] }: Pick<Timed, 'cpu' | 'timeline'>): boolean {
  const slices = stretches(timeline, ([start, length]) => [start, length])
  return cpu !== undefined && lengthOf(slices) > cpu.ms * joinedFrom
}

/**
 * Whether the record tells when things were. Records of requests that were not measured, and request lines, have the sums
 * alone.
 */
export function tellsWhen(record: Timed): boolean {
  const { waits, cpu, timeline = [], heldUp = [], outgoing = [], steps = [], queryRuns = [], poolWaits = [] } = record
  if ([timeline, heldUp, outgoing, steps, queryRuns, poolWaits].some((list) => list.length > 0)) return true
  if (waits === undefined) return true
  const { heldUpMs = 0, outgoingMs, queriesMs = 0, poolMs = 0, stepsMs = 0 } = waits
  return heldUpMs + outgoingMs + queriesMs + poolMs + stepsMs + (cpu?.ms ?? 0) < record.durationMs * 0.01
}

/** The pieces of a record that has the sums alone: one for each kind, in the order of a list's bar. */
export function sized(record: Timed): readonly Piece[] {
  const end = record.durationMs
  if (!isTime(end) || end <= 0) return []
  const pieces: Piece[] = []
  let from = 0
  for (const { kind, ms } of partsOf(record)) {
    const to = Math.min(end, from + (isTime(ms) ? ms : 0))
    if (to > from) pieces.push({ kind, from, to })
    from = to
  }
  const rest: Kind = record.cpu === undefined ? 'unknown' : 'wait'
  return from < end ? [...pieces, { kind: rest, from, to: end }] : pieces
}

/** When a measured request was not measured: before measuring began, and after it ended. */
export function unmeasuredOf({ cpu, waits, truncated, durationMs }: Timed): Interval[] {
  if (cpu === undefined) return []
  const before = stretch(0, Math.min(cpu.fromMs, durationMs))
  const afterMs = truncated === true ? Math.max(0, (waits?.unmeasuredMs ?? 0) - cpu.fromMs) : 0
  const after = afterMs > 0 ? stretch(Math.max(0, durationMs - afterMs), Math.min(afterMs, durationMs)) : undefined
  return [before, after].filter((one) => one !== undefined && one.to > one.from) as Interval[]
}

/** One pass over all starts and ends, in order. */
function swept(layers: readonly Layer[], end: number, rest: Kind): Piece[] {
  const turns: { at: number; layer: number; by: 1 | -1 }[] = []
  for (const [layer, { intervals }] of layers.entries()) {
    for (const { from, to } of intervals) {
      const [start, stop] = [Math.max(0, from), Math.min(end, to)]
      if (stop > start) turns.push({ at: start, layer, by: 1 }, { at: stop, layer, by: -1 })
    }
  }
  turns.sort((one, other) => one.at - other.at)
  const open = layers.map(() => 0)
  const pieces: { kind: Kind; from: number; to: number }[] = []
  let at = 0
  const until = (to: number): void => {
    if (to <= at) return
    const kind = layers[open.findIndex((count) => count > 0)]?.kind ?? rest
    const last = pieces.at(-1)
    if (last?.kind === kind) last.to = to
    else pieces.push({ kind, from: at, to })
    at = to
  }
  for (const { at: turn, layer, by } of turns) {
    until(turn)
    open[layer] = (open[layer] ?? 0) + by
  }
  until(end)
  return pieces
}
