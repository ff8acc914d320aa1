import type { StoredRecord } from '../records/record.js'
import { knownWaits, type Waits } from '../records/waits.js'
import { duration } from '../safe-values/duration.js'
import { culpritsOf } from './culprits.js'
import { shownName, shownOperation } from './shown-name.js'

interface Part {
  readonly ms: number
  readonly says: string
  readonly isUpperBound?: boolean
}

/** A part below this share of the time counts as other waits. */
export const minShare = 0.01
// Garbage collection is mentioned from this share of the CPU on.
const notableGc = 0.25

/** The parts of the time, largest first, other waits last. */
export function partsOf(record: StoredRecord): string[] {
  const { waits, cpu } = record
  if (cpu === undefined) return unmeasuredParts(record)
  if (waits === undefined) return oldParts(record, cpu)
  const total = record.durationMs
  const { heldUpMs = 0, queriesMs = 0, poolMs = 0, stepsMs = 0, otherMs = 0 } = waits
  const waiting: Part[] = [
    { ms: heldUpMs, says: `held up${culpritsOf(record, 'after')}` },
    ...namedWaits(record, { ...waits, queriesMs, poolMs }),
    { ms: stepsMs, says: `in ${stepsOf(record)}` },
    { ms: waits.unmeasuredMs, says: 'not measured' },
  ]
  const named = waiting.filter(({ ms }) => ms >= total * minShare && ms > 0)
  const rest = waiting.filter((part) => !named.includes(part)).reduce((sum, { ms }) => sum + ms, otherMs)
  const parts = said([...named, cpuPart(cpu, record.gcMs)])
  if (rest >= total * minShare && rest > 0) parts.push(`${duration(rest)} other waits`)
  return parts
}

/** Of a request that was not measured, calls, queries and waits for connections are known, by the clock. */
function unmeasuredParts(record: StoredRecord): string[] {
  const { durationMs: total } = record
  const waits = waitsByClock(record)
  const named = namedWaits(record, waits).filter(({ ms }) => ms >= total * minShare && ms > 0)
  if (named.length === 0) return ['not measured']
  const rest = named.reduce((left, { ms }) => left - ms, total)
  return said(rest >= total * minShare ? [...named, { ms: rest, says: 'not measured' }] : named)
}

/** The waits of a request that was not measured. Together they give its duration. */
export function waitsByClock({
  waits,
  durationMs,
  queries,
  io,
}: Pick<StoredRecord, 'waits' | 'durationMs' | 'queries' | 'io'>): Waits {
  if (waits !== undefined) return waits
  // Calls side by side take less time than their sum: no longer than the whole.
  const calls = Object.values(io.outgoing?.byHost ?? {}).reduce((sum, { ms }) => sum + ms, 0)
  return knownWaits(durationMs, calls, queries?.ms, queries?.poolMs)
}

function namedWaits(record: StoredRecord, { outgoingMs, queriesMs = 0, poolMs = 0 }: Waits): Part[] {
  return [
    { ms: outgoingMs, says: `waiting for ${hostsOf(record)}` },
    { ms: queriesMs, says: `in ${queriesOf(record)}` },
    { ms: poolMs, says: `waiting for ${connectionOf(record)}` },
  ]
}

/** A record of version 0.1 may have CPU without waits. Part of the time of its calls may have been CPU. */
function oldParts(record: StoredRecord, cpu: NonNullable<StoredRecord['cpu']>): string[] {
  const waits = namedWaits(record, waitsByClock(record)).filter(({ ms }) => ms > 0)
  return said([cpuPart(cpu, record.gcMs), ...waits.map((part) => ({ ...part, isUpperBound: true }))])
}

function said(parts: Part[]): string[] {
  return parts
    .sort((a, b) => b.ms - a.ms)
    .map(({ ms, says, isUpperBound }) => `${isUpperBound ? 'at most ' : ''}${duration(ms)} ${says}`)
}

/** By the wall clock, CPU includes time in which the process waited for a core. */
function cpuPart(cpu: NonNullable<StoredRecord['cpu']>, gcMs?: number): Part {
  return { ms: cpu.ms, says: cpuWords(cpu, gcMs), isUpperBound: cpu.clock === 'wall' }
}

/** Own CPU, and how much of it collected garbage, if that is much. */
export function cpuWords({ ms }: Pick<NonNullable<StoredRecord['cpu']>, 'ms'>, gcMs = 0): string {
  const isNotable = gcMs > 0 && gcMs >= ms * notableGc
  return `own CPU${isNotable ? ` (${duration(gcMs)} of it collecting garbage)` : ''}`
}

/** The slowest host, and the number of others. */
export function hostsOf({ io, outgoing }: StoredRecord): string {
  const byHost = new Map<string, number>()
  for (const [host, { ms }] of Object.entries(io.outgoing?.byHost ?? {})) byHost.set(host, ms)
  if (byHost.size === 0) {
    for (const { host, durationMs = 0 } of outgoing) byHost.set(host, (byHost.get(host) ?? 0) + durationMs)
  }
  const [longest] = [...byHost].sort(([, a], [, b]) => b - a)
  if (longest === undefined) return 'calls'
  return shownName(longest[0]) + others(byHost.size - 1, 'host')
}

/** The number of queries, and the most repeated one. */
function queriesOf({ queries }: StoredRecord): string {
  const { calls = 0, repeated: [most] = [] } = queries ?? {}
  const all = `${calls} ${calls === 1 ? 'query' : 'queries'}`
  if (most === undefined) return all
  const summary = most.summary === undefined ? 'text' : shownOperation(most.summary)
  return most.calls === calls ? `${all}, all the same ${summary}` : `${all}, ${most.calls} of them the same ${summary}`
}

/** The connection of a pool, and the work that had it for most of the time. */
function connectionOf({ poolWaits = [] }: StoredRecord): string {
  const [longest] = [...poolWaits].sort((one, other) => other.durationMs - one.durationMs)
  const by = longest?.by
  if (by === undefined) return 'a connection'
  if (by.id === undefined) return 'a connection that another account held'
  // A `run` is work in a scope of `spoor.run`, outside requests and jobs.
  return `a connection that ${by.kind === 'run' ? 'scope' : by.kind} ${shownName(by.id)} held`
}

export function stepsOf({ steps }: StoredRecord): string {
  const [longest] = [...steps].sort((a, b) => (b.durationMs ?? Infinity) - (a.durationMs ?? Infinity))
  return longest === undefined ? 'steps' : `step ${shownName(longest.name)}${others(steps.length - 1, 'step')}`
}

function others(count: number, what: string): string {
  return count === 0 ? '' : ` and ${count} other ${what}${count === 1 ? '' : 's'}`
}
