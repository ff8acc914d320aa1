import { counted } from '../../../format/texts.js'
import type { RecordedHold, RequestDetail } from '../../../protocol.js'
import { isJoined, type Piece, unmeasuredOf } from './divide.js'
import { isTime, lengthOf, stretch, stretches } from './intervals.js'
import { around, heights, type Label, type Lane, type Look, type Mark } from './lane.js'
import type { StoryInput } from './story-input.js'
import { culpritName, holderName, ms, named } from './words.js'

const looks: Readonly<Record<Piece['kind'], Look>> = {
  cpu: 'cpu',
  held: 'held',
  call: 'pale',
  query: 'query',
  pool: 'pool',
  step: 'wait',
  wait: 'wait',
  unknown: 'unknown',
}

/**
 * The request's own bar: its whole time, divided.
 *
 * @param pieces those that can be seen
 * @param isTold whether they stand where the time was; otherwise they show sizes alone
 */
export function requestLane({ record }: StoryInput, pieces: readonly Piece[], isTold: boolean): Lane {
  const { durationMs, beforeStartMs = 0, kind } = record
  const marks: Mark[] = []
  if (beforeStartMs > 0 && isTime(beforeStartMs))
    marks.push({
      from: -beforeStartMs,
      to: 0,
      look: 'before',
      height: heights.request,
      title: `Before its start it was held up for at most ${ms(beforeStartMs)}; not a part of its time`,
    })
  marks.push({ from: 0, to: durationMs, look: 'base', height: heights.request })
  const cpuLook = isJoined(record) ? 'some-cpu' : 'cpu'
  for (const { kind, from, to } of pieces) {
    const isCpu = kind === 'cpu'
    marks.push({ from, to, look: isCpu ? cpuLook : looks[kind], height: isCpu ? heights.cpu : heights.request })
  }
  return {
    key: 'request',
    name: kind === 'job' ? 'Job' : 'Request',
    note: isTold ? undefined : 'by size',
    title: isTold ? undefined : `The bar shows how much, not when: ${whenIsUnknown(record)}`,
    total: ms(durationMs),
    isTall: true,
    marks,
  }
}

/** Why it is not known when things were. */
export function whenIsUnknown({ source, measured }: Pick<RequestDetail, 'source' | 'measured'>): string {
  return source === 'log' || measured
    ? 'its request line has the sums alone'
    : 'of a request that was not measured it is kept for at most 16 calls and 32 queries'
}

/** Own CPU, slice by slice. Before measuring began it is dotted. */
export function cpuLane({ record }: StoryInput): Lane | undefined {
  const { cpu, timeline = [], late, durationMs } = record
  if (cpu === undefined) return undefined
  const isPartly = isJoined(record)
  const slices = stretches(timeline, ([start, length]) => [start, length])
  const marks: Mark[] = [
    ...unmeasuredOf(record).map((one): Mark => ({ ...one, look: 'unknown', height: 2 })),
    ...slices.map((slice): Mark => ({ ...slice, look: isPartly ? 'some-cpu' : 'cpu', height: heights.slice })),
  ]
  if (late !== undefined && isTime(late.untilMs) && late.untilMs > durationMs) {
    const took = Math.max(0, Math.min(late.cpuMs, late.untilMs - durationMs))
    marks.push({
      from: late.untilMs - took,
      to: late.untilMs,
      look: 'cpu',
      height: heights.slice,
      title: `After its end it used ${ms(late.cpuMs)} of CPU, last at ${ms(late.untilMs)}`,
    })
  }
  const isLine = record.source === 'log'
  const label =
    slices.length === 0 && cpu.ms > 0 && !isLine
      ? { text: 'in slices too short to be kept', beside: { from: 0, to: 0 } }
      : undefined
  return {
    key: 'cpu',
    name: 'Own CPU',
    total: ms(cpu.ms),
    title: isPartly
      ? 'Drawn paler: slices that were close together are one, or the process waited for a core in them. The figure is exact'
      : undefined,
    marks,
    label,
  }
}

/** The estimate of a request that was not measured: what its route usually takes. */
export function cpuEstimateLane({ record }: StoryInput): Lane | undefined {
  const { cpuEstimate, cpu } = record
  if (cpu !== undefined || cpuEstimate === undefined) return undefined
  const windows = counted(cpuEstimate.windows, 'window')
  return {
    key: 'cpu',
    name: 'Own CPU',
    total: `≈ ${ms(cpuEstimate.ms)}`,
    title: `The mean of its route in the last hour, from ${windows}`,
    marks: [],
    label: {
      text: `≈ what its route usually takes, from ${windows}`,
      short: '≈ usual on its route',
      beside: { from: 0, to: 0 },
    },
  }
}

/** When other code held the request up, and whose. */
export function heldLane({ record, storyOf }: StoryInput): Lane | undefined {
  const held = record.waits?.heldUpMs
  const holds = (record.heldUp ?? []).filter(({ startMs, durationMs }) => startMs + durationMs > 0 || startMs < 0)
  if (record.cpu === undefined || ((held ?? 0) <= 0 && holds.length === 0)) return undefined
  const marks = holds.flatMap((hold): Mark[] => {
    const at = stretch(hold.startMs, hold.durationMs)
    const title = `Held up by ${culpritName(hold.by)} for at most ${ms(hold.durationMs)}${hold.startMs < 0 ? ', before its start' : ''}`
    return at === undefined ? [] : [{ ...at, look: 'held', height: heights.held, title, href: linkOf(hold, storyOf) }]
  })
  return {
    key: 'held',
    name: 'Held up',
    total: ms(held),
    title: 'At most: it was ready, and the thread ran other code',
    marks,
    label: marks.length > 0 ? culpritLabel(holds, storyOf) : record.source === 'log' ? undefined : unnamedHolds,
  }
}

const unnamedHolds: Label = {
  text: 'by whom is not recorded: no other run of code was long enough',
  short: 'by whom is not recorded',
  beside: { from: 0, to: 0 },
}

function linkOf({ by }: RecordedHold, storyOf: (id: string) => string): string | undefined {
  return by.id === undefined || by.kind === 'other account' ? undefined : storyOf(by.id)
}

function culpritLabel(all: readonly RecordedHold[], storyOf: (id: string) => string): Label {
  const within = all.filter(({ startMs }) => startMs >= 0)
  const holds = within.length > 0 ? within : all
  const longest = holds.reduce((most, hold) => (hold.durationMs > most.durationMs ? hold : most))
  const name = culpritName(longest.by)
  const of = holds.filter(({ by }) => culpritName(by) === name)
  const sum = of.reduce((all, { durationMs }) => all + durationMs, 0)
  const others = new Set(holds.map(({ by }) => culpritName(by))).size - 1
  const href = linkOf(longest, storyOf)
  const more = others > 0 ? `, and by ${counted(others, 'other')}` : ''
  return {
    text: `by ${name}, ${ms(sum)} at most${more}${href === undefined ? '' : ' ›'}`,
    short: `${name}${href === undefined ? '' : ' ›'}`,
    beside: around(stretches(holds, ({ startMs, durationMs }) => [startMs, durationMs])),
    tone: 'held',
    href,
    title: `${ms(sum)} at most`,
  }
}

/** What no call, query or step explains. */
export function waitsLane({ record }: StoryInput, pieces: readonly Piece[]): Lane | undefined {
  const { waits, cpu } = record
  if (cpu === undefined || waits?.otherMs === undefined || waits.otherMs <= 0) return undefined
  return {
    key: 'waits',
    name: 'Other waits',
    total: ms(waits.otherMs),
    title: 'Timers, files, and databases that are not followed. Drawn where nothing else is known',
    isDivided: true,
    marks: pieces
      .filter(({ kind }) => kind === 'wait')
      .map(({ from, to }): Mark => ({ from, to, look: 'wait', height: heights.thin })),
  }
}

/** What is not known, dotted. */
export function unknownLane({ record }: StoryInput, pieces: readonly Piece[]): Lane | undefined {
  const marks = pieces
    .filter(({ kind }) => kind === 'unknown')
    .map(({ from, to }): Mark => ({ from, to, look: 'unknown', height: 2 }))
  const total = record.waits?.unmeasuredMs ?? (record.measured ? 0 : record.durationMs)
  if (total <= 0 || (record.cpu !== undefined && total < record.durationMs * 0.01)) return undefined
  return { key: 'unknown', name: 'Not measured', total: ms(total), isDivided: true, marks }
}

/** Waits for a connection of a pool, and the work that had the connections. */
export function poolLane({ record, storyOf }: StoryInput): Lane | undefined {
  const waits = record.poolWaits ?? []
  const total = record.queries?.poolMs ?? record.waits?.poolMs ?? 0
  if (waits.length === 0 || total <= 0) return undefined
  const longest = waits.reduce((most, wait) => (wait.durationMs > most.durationMs ? wait : most))
  const marks = waits.flatMap((wait): Mark[] => {
    const at = stretch(wait.startMs, wait.durationMs)
    const by = wait.by === undefined ? '' : `; ${holderName(wait.by)} had one for ${ms(wait.by.ms)} meanwhile`
    return at === undefined
      ? []
      : [{ ...at, look: 'pool', height: heights.row, title: `Waited ${ms(wait.durationMs)} for a connection${by}` }]
  })
  const { by } = longest
  const href = by?.id === undefined || by.kind === 'other account' ? undefined : storyOf(by.id)
  return {
    key: 'pool',
    name: 'Waiting for a connection',
    total: ms(total),
    marks,
    label:
      marks.length === 0 || by === undefined
        ? undefined
        : {
            text: `${holderName(by)} had the connections for ${ms(by.ms)}${href === undefined ? '' : ' ›'}`,
            short: `${holderName(by)}${href === undefined ? '' : ' ›'}`,
            beside: around(marks),
            tone: 'query',
            href,
          },
  }
}

const maxSteps = 8

/** The steps of `spoor.measure`, as brackets; those of one name share a lane. */
export function stepLanes({ record, isOpened }: StoryInput): Lane[] {
  const byName = new Map<string, Mark[]>()
  for (const { name, startMs, durationMs } of record.steps ?? []) {
    const at = stretch(startMs, durationMs ?? Math.max(0, record.durationMs - startMs))
    if (at === undefined) continue
    const mark: Mark = { ...at, look: 'step', height: 10, title: `Step ${named(name)}: ${ms(at.to - at.from)}` }
    const own = byName.get(name)
    if (own === undefined) byName.set(name, [mark])
    else own.push(mark)
  }
  const lanes = [...byName].map(
    ([name, marks]): Lane => ({
      key: `step ${name}`,
      name: `Step ${named(name, 60)}`,
      note: marks.length > 1 ? `× ${marks.length}` : undefined,
      total: ms(lengthOf(marks)),
      marks,
    }),
  )
  if (isOpened || lanes.length <= maxSteps) return lanes
  const kept = new Set(
    [...lanes].sort((one, other) => lengthOf(other.marks) - lengthOf(one.marks)).slice(0, maxSteps - 1),
  )
  const folded = lanes.filter((lane) => !kept.has(lane))
  const marks = folded.flatMap((lane) => lane.marks)
  const others: Lane = {
    key: 'other steps',
    name: counted(folded.length, 'other step'),
    total: ms(lengthOf(marks)),
    marks,
    isFolded: true,
  }
  return [...lanes.filter((lane) => kept.has(lane)), others]
}

/** The log lines, each a tick; warnings and errors have their shapes. */
export function linesLane({ record, lines }: StoryInput): Lane | undefined {
  const count = lines?.length ?? record.logs?.lines
  if (count === undefined || count === 0) return undefined
  const marks = (lines ?? []).map(
    ({ atMs, kind }): Mark => ({ from: atMs, to: atMs, look: kind === 'plain' ? 'tick' : kind, height: 12 }),
  )
  return { key: 'lines', name: 'Log lines', total: String(count), marks }
}
