import type { StoredRecord } from '../records/record.js'
import { duration } from '../safe-values/duration.js'
import { culpritsOf } from './culprits.js'
import { shownName, shownOperation } from './shown-name.js'

interface Part {
  readonly ms: number
  readonly says: string
  readonly isUpperBound?: boolean
}

// A part below this share of the time counts as other waits.
const minShare = 0.01
// Garbage collection is mentioned from this share of the CPU on.
const notableGc = 0.25

/** The parts of the time, largest first, other waits last. */
export function partsOf(record: StoredRecord): string[] {
  const { waits, cpu } = record
  if (waits === undefined || cpu === undefined) return unmeasuredParts(record)
  const total = record.durationMs
  const waiting: Part[] = [
    { ms: waits.heldUpMs ?? 0, says: `held up${culpritsOf(record, 'after')}` },
    { ms: waits.outgoingMs, says: `waiting for ${hostsOf(record)}` },
    { ms: waits.queriesMs ?? 0, says: `in ${queriesOf(record)}` },
    { ms: waits.poolMs ?? 0, says: `waiting for ${connectionOf(record)}` },
    { ms: waits.stepsMs, says: `in ${stepsOf(record)}` },
    { ms: waits.unmeasuredMs, says: 'not measured' },
  ]
  const named = waiting.filter(({ ms }) => ms >= total * minShare && ms > 0)
  const rest = waiting.filter((part) => !named.includes(part)).reduce((sum, { ms }) => sum + ms, waits.otherMs)
  const parts = said([...named, cpuPart(cpu, record.gcMs)])
  if (rest >= total * minShare && rest > 0) parts.push(`${duration(rest)} other waits`)
  return parts
}

/** Without waits, only calls and queries are known. Part of their time may have been CPU. */
function unmeasuredParts(record: StoredRecord): string[] {
  const parts: Part[] = []
  if (record.cpu !== undefined) parts.push(cpuPart(record.cpu, record.gcMs))
  const calls = Object.values(record.io.outgoing?.byHost ?? {}).reduce((sum, { ms }) => sum + ms, 0)
  const waiting = Math.min(calls, record.durationMs)
  if (waiting > 0) parts.push({ ms: waiting, says: `waiting for ${hostsOf(record)}`, isUpperBound: true })
  const { queries } = record
  const asking = Math.min(queries?.ms ?? 0, record.durationMs)
  if (asking > 0) parts.push({ ms: asking, says: `in ${queriesOf(record)}`, isUpperBound: true })
  const pool = Math.min(queries?.poolMs ?? 0, record.durationMs)
  if (pool >= record.durationMs * minShare && pool > 0)
    parts.push({ ms: pool, says: `waiting for ${connectionOf(record)}`, isUpperBound: true })
  return record.cpu === undefined ? [...said(parts), 'CPU not measured'] : said(parts)
}

function said(parts: Part[]): string[] {
  return parts
    .sort((a, b) => b.ms - a.ms)
    .map(({ ms, says, isUpperBound }) => `${isUpperBound ? 'at most ' : ''}${duration(ms)} ${says}`)
}

/** By the wall clock, CPU includes time in which the process waited for a core. */
function cpuPart({ ms, clock }: NonNullable<StoredRecord['cpu']>, gcMs = 0): Part {
  const isNotable = gcMs > 0 && gcMs >= ms * notableGc
  const pauses = isNotable ? ` (${duration(gcMs)} of it collecting garbage)` : ''
  return { ms, says: `own CPU${pauses}`, isUpperBound: clock === 'wall' }
}

/** The slowest host, and the number of others. */
function hostsOf({ io, outgoing }: StoredRecord): string {
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

function stepsOf({ steps }: StoredRecord): string {
  const [longest] = [...steps].sort((a, b) => (b.durationMs ?? Infinity) - (a.durationMs ?? Infinity))
  return longest === undefined ? 'steps' : `step ${shownName(longest.name)}${others(steps.length - 1, 'step')}`
}

function others(count: number, what: string): string {
  return count === 0 ? '' : ` and ${count} other ${what}${count === 1 ? '' : 's'}`
}
