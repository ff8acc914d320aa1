import { type Kind, type Part, partsOf } from '../../draw/kinds.js'
import { duration, type Shown } from '../../format/numbers.js'
import { counted } from '../../format/texts.js'
import type { RequestDetail } from '../../protocol.js'
import { culpritName, holderName, ms, named } from './layout/words.js'

/** One part of the sentence: `240 ms held up by POST /api/v1/export of globex`. */
export interface AnswerPart {
  readonly kind: Kind
  readonly ms: number
  /** Rounded so that the shown parts add up to the shown total. */
  readonly shown: Shown
  readonly words: string
  /** The id of the story that the part leads to. */
  readonly story?: string | undefined
  readonly title: string
}

// A part below this share of the time counts as other waits, as in the server's sentence. Own CPU is always told.
const minShare = 0.01

/** The parts of the time, largest first, other waits last. They add up to the duration. */
export function answerOf(record: RequestDetail): readonly AnswerPart[] {
  const parts = ordered(exactParts(record))
  const shown = roundedParts(parts, record.durationMs)
  return parts.map((part, at) => ({
    ...part,
    shown: shown[at] ?? duration(part.ms),
    ...wordsOf(part.kind, record),
  }))
}

/** The parts of the record. What rounding and older versions leave is in other waits, or not measured. */
function exactParts(record: RequestDetail): Part[] {
  const { durationMs, cpu } = record
  const rest: Kind = cpu === undefined ? 'unknown' : 'wait'
  const parts = partsOf(record).filter(({ ms }) => Number.isFinite(ms))
  let left = Math.max(0, durationMs)
  const taken: Part[] = []
  for (const { kind, ms } of parts) {
    const part = Math.min(left, Math.max(0, ms))
    const isSmall = kind !== 'cpu' && part < durationMs * minShare
    if (kind === rest || part <= 0 || isSmall) continue
    left -= part
    taken.push({ kind, ms: part })
  }
  return left > 0 && (left >= durationMs * 0.001 || taken.length === 0)
    ? [...taken, { kind: rest, ms: left }]
    : withRest(taken, left)
}

/** A rest of a thousandth is rounding: it goes to the largest part. */
function withRest(parts: readonly Part[], left: number): Part[] {
  const most = Math.max(...parts.map(({ ms }) => ms))
  const at = parts.findIndex(({ ms }) => ms === most)
  return parts.map((part, index) => (index === at ? { ...part, ms: part.ms + left } : part))
}

function ordered(parts: readonly Part[]): Part[] {
  const isLast = ({ kind }: Part): number => (kind === 'wait' ? 1 : 0)
  return [...parts].sort((one, other) => isLast(one) - isLast(other) || other.ms - one.ms)
}

/** Rounds parts to what the total shows, the largest remainders up, so that the figures add up. */
export function roundedParts(parts: readonly Pick<Part, 'ms'>[], totalMs: number): readonly Shown[] {
  const unit = unitOf(totalMs)
  const floors = parts.map(({ ms }) => Math.floor(ms / unit))
  let left = Math.round(totalMs / unit) - floors.reduce((sum, floor) => sum + floor, 0)
  const byRemainder = parts.map(({ ms }, at) => ({ at, rest: ms / unit - (floors[at] ?? 0) }))
  for (const { at } of byRemainder.sort((one, other) => other.rest - one.rest)) {
    if (left <= 0) break
    floors[at] = (floors[at] ?? 0) + 1
    left -= 1
  }
  return floors.map((units, at) => shownUnits(units, unit, parts[at]?.ms ?? 0))
}

/** What the last digit of the total stands for, in ms. */
function unitOf(totalMs: number): number {
  if (totalMs < 1) return 0.01
  if (totalMs < 9.95) return 0.1
  if (totalMs < 999.5) return 1
  if (totalMs < 9_995) return 10
  if (totalMs < 99_950) return 100
  return 6_000
}

function shownUnits(units: number, unit: number, exactMs: number): Shown {
  // Below the last digit of the total a part keeps figures of its own: they do not change the sum that is seen.
  if (units === 0) return duration(exactMs)
  const ms = units * unit
  if (unit < 1) return { digits: ms.toFixed(unit === 0.1 ? 1 : 2), unit: 'ms' }
  if (ms < 999.5) return { digits: ms.toFixed(0), unit: 'ms' }
  return duration(ms)
}

type Words = Pick<AnswerPart, 'words' | 'story' | 'title'>

function wordsOf(kind: Kind, record: RequestDetail): Words {
  switch (kind) {
    case 'cpu':
      return cpuWords(record)
    case 'held':
      return heldWords(record)
    case 'call':
      return { words: `waiting for ${hostsOf(record)}`, title: callTitle(record) }
    case 'query':
      return { words: `in ${queriesOf(record)}`, title: 'At least one query was open' }
    case 'pool':
      return poolWords(record)
    case 'step':
      return { words: `in ${stepsOf(record)}`, title: 'Inside steps of spoor.measure, with nothing else open' }
    case 'unknown':
      return { words: 'not measured', title: unknownTitle(record) }
    default:
      return { words: 'other waits', title: 'Timers, files, and databases that are not followed' }
  }
}

function cpuWords({ cpu, gcMs = 0 }: RequestDetail): Words {
  const isNotable = cpu !== undefined && gcMs > 0 && gcMs >= cpu.ms * 0.25
  const bound =
    cpu?.clock === 'wall' ? 'At most: this system has no CPU clock for each thread' : 'Measured, slice by slice'
  return { words: isNotable ? `own CPU (${ms(gcMs)} of it collecting garbage)` : 'own CPU', title: bound }
}

/** The work that held it up longest after its start, and how many others did. */
function heldWords({ heldUp = [], waits }: RequestDetail): Words {
  const title = `${ms(waits?.heldUpMs)} at most: it was ready while the thread ran other code`
  const sums = new Map<string, { ms: number; id: string | undefined }>()
  for (const { startMs, durationMs, by } of heldUp) {
    if (startMs < 0) continue
    const name = culpritName(by)
    const before = sums.get(name)
    const id = by.kind === 'other account' ? undefined : by.id
    sums.set(name, { ms: (before?.ms ?? 0) + durationMs, id: before?.id ?? id })
  }
  const [longest] = [...sums].sort(([, one], [, other]) => other.ms - one.ms)
  if (longest === undefined) return { words: 'held up', title }
  const others = sums.size > 1 ? ` and ${counted(sums.size - 1, 'other')}` : ''
  return { words: `held up by ${longest[0]}${others}`, story: longest[1].id, title }
}

/** The slowest host, and the number of others. */
function hostsOf({ io, outgoing = [] }: RequestDetail): string {
  const byHost = new Map(Object.entries(io.outgoing?.byHost ?? {}).map(([host, sum]) => [host, sum.ms]))
  if (byHost.size === 0) {
    for (const { host, durationMs = 0 } of outgoing) byHost.set(host, (byHost.get(host) ?? 0) + durationMs)
  }
  const [longest] = [...byHost].sort(([, one], [, other]) => other - one)
  if (longest === undefined) return 'calls'
  return named(longest[0]) + (byHost.size > 1 ? ` and ${counted(byHost.size - 1, 'other host')}` : '')
}

function callTitle({ measured }: RequestDetail): string {
  return measured
    ? 'At least one outgoing call was open'
    : 'At least one outgoing call was open; being held up is included'
}

function queriesOf({ queries }: RequestDetail): string {
  const { calls = 0, repeated: [most] = [] } = queries ?? {}
  const word = calls === 1 ? 'query' : 'queries'
  if (most === undefined) return `${calls} ${word}`
  return most.calls >= calls ? `${calls} equal ${word}` : `${calls} ${word} (${most.calls} equal)`
}

function poolWords({ poolWaits = [] }: RequestDetail): Words {
  const title = 'Waiting for a connection of a pool'
  const [longest] = [...poolWaits].sort((one, other) => other.durationMs - one.durationMs)
  const by = longest?.by
  if (by === undefined) return { words: 'waiting for a connection', title }
  const story = by.kind === 'other account' ? undefined : by.id
  return { words: `waiting for a connection that ${holderName(by)} had`, story, title }
}

function stepsOf({ steps = [] }: RequestDetail): string {
  const [longest] = [...steps].sort((one, other) => (other.durationMs ?? Infinity) - (one.durationMs ?? Infinity))
  if (longest === undefined) return 'steps'
  return `step ${named(longest.name)}${steps.length > 1 ? ` and ${counted(steps.length - 1, 'other step')}` : ''}`
}

function unknownTitle({ cpu, truncated }: RequestDetail): string {
  if (cpu === undefined) return 'Own CPU, being held up and other waits are known only of measured requests'
  return truncated ? 'Before measuring began and after it ended' : 'Before measuring began'
}

/** What else matters, in short sentences. */
export function notesOf(record: RequestDetail): readonly string[] {
  const {
    attempt = 1,
    maxAttempts,
    queuedMs = 0,
    beforeStartMs = 0,
    durationMs,
    truncated,
    late,
    cpu,
    heldUp = [],
  } = record
  const notes: string[] = []
  if (attempt > 1) notes.push(`Attempt ${attempt}${maxAttempts === undefined ? '' : ` of ${maxAttempts}`}.`)
  if (queuedMs >= 1) notes.push(`Waited ${ms(queuedMs)} in its queue before.`)
  if (beforeStartMs >= 1 && beforeStartMs >= durationMs * 0.05) {
    const before = heldUp.filter(({ startMs }) => startMs < 0)
    const by =
      before.length === 0
        ? ''
        : ` by ${culpritName(before.reduce((most, one) => (one.durationMs > most.durationMs ? one : most)).by)}`
    notes.push(`Held up for at most ${ms(beforeStartMs)} before its start${by}.`)
  }
  if (truncated) notes.push('Measuring ended before it did.')
  if (late !== undefined && late.cpuMs >= 1 && late.cpuMs >= (cpu?.ms ?? 0) * 0.1)
    notes.push(`Then ${ms(late.cpuMs)} CPU late.`)
  return notes
}
