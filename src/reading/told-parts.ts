import type { StoredRecord } from '../records/record.js'
import type { PoolHolder } from '../records/record-parts.js'
import { duration } from '../safe-values/duration.js'
import { culpritOf, culpritsOf } from './culprits.js'
import type { Measured } from './listed-request.js'
import { shownName } from './shown-name.js'
import { cpuWords, hostsOf, minShare, stepsOf } from './summary-parts.js'

/** The kinds of time, in the order in which time is divided; `unknown`: not measured. */
export type TimeKind = 'cpu' | 'held' | 'call' | 'query' | 'pool' | 'step' | 'wait' | 'unknown'

/** One part of the time, as the inspector's page tells it: `240 ms held up by POST /api/v1/export of globex`. */
export interface ToldPart {
  readonly kind: TimeKind
  readonly ms: number
  /** What comes after the figure. */
  readonly words: string
  /** What the figure counts. */
  readonly title: string
  /** The id of the request or job that the part leads to. */
  readonly story?: string | undefined
}

type ShownRecord = StoredRecord & Measured
type Part = Pick<ToldPart, 'kind' | 'ms'>
type Words = Omit<ToldPart, 'kind' | 'ms'>

/**
 * The parts of the time, largest first, other waits last. They add up to the duration: what rounding and older versions leave is in
 * other waits, or not measured. Own CPU is always told.
 */
export function toldParts(record: ShownRecord): readonly ToldPart[] {
  const isLast = ({ kind }: Part): number => (kind === 'wait' ? 1 : 0)
  return wholeParts(record)
    .sort((one, other) => isLast(one) - isLast(other) || other.ms - one.ms)
    .map((part) => ({ ...part, ...wordsOf(part.kind, record) }))
}

function wholeParts(record: ShownRecord): Part[] {
  const { durationMs, cpu } = record
  const rest: TimeKind = cpu === undefined ? 'unknown' : 'wait'
  let left = Math.max(0, durationMs)
  const taken: Part[] = []
  for (const { kind, ms } of knownParts(record)) {
    const part = Math.min(left, ms)
    const isSmall = kind !== 'cpu' && part < durationMs * minShare
    if (kind === rest || !(part > 0) || isSmall) continue
    left -= part
    taken.push({ kind, ms: part })
  }
  if (taken.length === 0 || left >= durationMs * 0.001) return left > 0 ? [...taken, { kind: rest, ms: left }] : taken
  // A rest of a thousandth is rounding: it goes to the largest part.
  const most = taken.reduce((most, one) => (one.ms > most.ms ? one : most))
  return taken.map((part) => (part === most ? { ...part, ms: part.ms + left } : part))
}

function knownParts({ cpu, waits }: ShownRecord): readonly Part[] {
  if (waits === undefined) return []
  return [
    { kind: 'cpu', ms: cpu?.ms ?? 0 },
    { kind: 'held', ms: waits.heldUpMs ?? 0 },
    { kind: 'call', ms: waits.outgoingMs },
    { kind: 'pool', ms: waits.poolMs ?? 0 },
    { kind: 'query', ms: waits.queriesMs ?? 0 },
    { kind: 'step', ms: waits.stepsMs ?? 0 },
    { kind: 'unknown', ms: waits.unmeasuredMs },
  ]
}

function wordsOf(kind: TimeKind, record: ShownRecord): Words {
  switch (kind) {
    case 'cpu':
      return { words: cpuWords(record.cpu ?? { ms: 0 }, record.gcMs), title: cpuTitle(record) }
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
    case 'wait':
      return { words: 'other waits', title: 'Timers, files, and databases that are not followed' }
    case 'unknown':
      return { words: 'not measured', title: unknownTitle(record) }
  }
}

function cpuTitle({ cpu }: ShownRecord): string {
  return cpu?.clock === 'wall' ? 'At most: this system has no CPU clock for each thread' : 'Measured, slice by slice'
}

function heldWords(record: ShownRecord): Words {
  return {
    words: `held up${culpritsOf(record, 'after')}`,
    title: `${duration(record.waits?.heldUpMs ?? 0)} at most: it was ready while the thread ran other code`,
    story: culpritOf(record, 'after')?.id,
  }
}

function callTitle({ measured }: ShownRecord): string {
  return `At least one outgoing call was open${measured ? '' : '; being held up is included'}`
}

function queriesOf({ queries }: ShownRecord): string {
  const { calls = 0, repeated: [most] = [] } = queries ?? {}
  const word = calls === 1 ? 'query' : 'queries'
  if (most === undefined) return `${calls} ${word}`
  return most.calls >= calls ? `${calls} equal ${word}` : `${calls} ${word} (${most.calls} equal)`
}

function poolWords({ poolWaits = [] }: ShownRecord): Words {
  const title = 'Waiting for a connection of a pool'
  const [longest] = [...poolWaits].sort((one, other) => other.durationMs - one.durationMs)
  const by = longest?.by
  if (by === undefined) return { words: 'waiting for a connection', title }
  const story = by.kind === 'other account' ? undefined : by.id
  return { words: `waiting for a connection that ${holderName(by)} had`, story, title }
}

function holderName({ kind, id, route, account }: PoolHolder): string {
  if (kind === 'other account') return 'another account'
  const work =
    route === undefined ? `${kind === 'run' ? 'scope' : kind} ${shownName(id ?? 'unknown')}` : shownName(route)
  return account === undefined ? work : `${work} of ${shownName(account)}`
}

function unknownTitle({ cpu, truncated }: ShownRecord): string {
  if (cpu === undefined) return 'Own CPU, being held up and other waits are known only of measured requests'
  return truncated ? 'Before measuring began and after it ended' : 'Before measuring began'
}

/** What else matters, in short sentences. */
export function toldNotes(record: StoredRecord): readonly string[] {
  const { attempt = 1, maxAttempts, queuedMs = 0, beforeStartMs = 0, durationMs, truncated, late, cpu } = record
  const notes: string[] = []
  if (attempt > 1) notes.push(`Attempt ${attempt}${maxAttempts === undefined ? '' : ` of ${maxAttempts}`}.`)
  if (queuedMs >= 1) notes.push(`Waited ${duration(queuedMs)} in its queue before.`)
  if (beforeStartMs >= 1 && beforeStartMs >= durationMs * 0.05) {
    notes.push(`Held up for at most ${duration(beforeStartMs)} before its start${culpritsOf(record, 'before')}.`)
  }
  if (truncated) notes.push('Measuring ended before it did.')
  if (late !== undefined && late.cpuMs >= 1 && late.cpuMs >= (cpu?.ms ?? 0) * 0.1)
    notes.push(`Then ${duration(late.cpuMs)} CPU late.`)
  return notes
}
