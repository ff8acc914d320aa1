import { newestFirst } from '../records/cursor.js'
import type { StoredRecord } from '../records/record.js'
import { dominantOf } from '../records/waits.js'
import { duration } from '../safe-values/duration.js'
import { roundedMs } from '../safe-values/rounded-ms.js'
import { overviewPieces } from './overview-pieces.js'
import type { RequestPoint, RequestsSummary, TimeOf } from './requests-summary.js'
import { waitsByClock } from './summary-parts.js'
import { counted, numberSaid } from './usage-words.js'

/** How far back the overview looks, and at how many requests at most. */
export const overviewMs: number = 15 * 60_000
export const maxOverview = 5_000

const maxPoints = 2_000
// Less says nothing about what made a request slow.
const notableHeld = { ms: 1, share: 0.05 }
const minShareSaid = 0.005

/** What an overview is made of. */
export interface OverviewParts {
  /** Those that match, in any order. */
  readonly records: readonly Seen[]
  /** Ms since the epoch. `from` is later than asked if records do not reach back so far. */
  readonly from: number
  readonly to: number
  readonly isCut: boolean
  /** Open ones that match. */
  readonly inFlight: number
  readonly note?: string | undefined
}

type OverviewMember =
  | 'id'
  | 'startedAt'
  | 'durationMs'
  | 'kind'
  | 'status'
  | 'error'
  | 'aborted'
  | 'cpu'
  | 'waits'
  | 'io'
  | 'queries'
  | 'fields'
  | 'counts'

type Seen = Pick<StoredRecord, OverviewMember>

/** Makes the overview of some requests. */
export function overviewOf({ records, from, to, isCut, inFlight, note }: OverviewParts): RequestsSummary {
  const measured = records.filter(({ cpu }) => cpu !== undefined)
  const heldUp = measured.filter(isHeldUp).length
  const failed = records.filter(hasFailed).length
  const durations = records.map(({ durationMs }) => durationMs).sort((one, other) => one - other)
  const p95Ms = durations[Math.ceil(durations.length * 0.95) - 1]
  const perSecond = records.length / Math.max(1, (to - from) / 1_000)
  const facts = { count: records.length, perSecond, inFlight, p95Ms, measured: measured.length, heldUp, failed }
  const summary = sentenceOf(facts, nounOf(records))
  return {
    summary,
    pieces: overviewPieces(summary),
    ...(note === undefined ? {} : { note }),
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    isCut,
    ...facts,
    perSecond: Math.round(perSecond * 100) / 100,
    systems: timesOf(records, ({ queries }) => queries?.bySystem),
    hosts: timesOf(records, ({ io }) => io.outgoing?.byHost),
    fields: namesOf(records, ({ fields }) => fields),
    counts: namesOf(records, ({ counts }) => counts),
    points: chosen(records, p95Ms ?? 0).map((one) => pointOf(one, from)),
  }
}

/** True for a 5xx, or an error without a response. */
function hasFailed({ kind, status, error, aborted }: Seen): boolean {
  if (kind === 'job') return error !== undefined
  return status === undefined ? error !== undefined && !aborted : status >= 500
}

function isHeldUp({ waits, durationMs }: Seen): boolean {
  const { heldUpMs = 0 } = waits ?? {}
  return heldUpMs >= notableHeld.ms && heldUpMs >= durationMs * notableHeld.share
}

type Facts = Pick<RequestsSummary, 'count' | 'perSecond' | 'inFlight' | 'p95Ms' | 'measured' | 'heldUp' | 'failed'>

/** `38 requests a second, 3 in flight, 95 % within 412 ms. 1 in 9 was held up by another.` */
function sentenceOf({ count, perSecond, inFlight, p95Ms, measured, heldUp, failed }: Facts, noun: Noun): string {
  const flight = `${numberSaid(inFlight)} in flight`
  if (count === 0 || p95Ms === undefined) {
    return inFlight === 0 ? 'No request ended in the last 15 minutes.' : `No request has ended yet, ${flight}.`
  }
  const sentences = [`${rateSaid(perSecond, noun)}, ${flight}, 95 % within ${duration(p95Ms)}.`]
  if (failed > 0) sentences.push(`${partOf(failed, count).said} failed.`)
  if (heldUp > 0 && heldUp / measured >= minShareSaid) {
    const { said, isOne } = partOf(heldUp, measured)
    const of = measured === count ? '' : `Of ${numberSaid(measured)} measured, `
    const part = of === '' ? said : said.charAt(0).toLowerCase() + said.slice(1)
    sentences.push(`${of}${part} ${isOne ? 'was' : 'were'} held up by another.`)
  } else if (measured === 0) sentences.push('None was measured.')
  return sentences.join(' ')
}

/** `38 requests a second`; of rare ones, how many in a minute. */
function rateSaid(perSecond: number, [one, many]: Noun): string {
  if (perSecond >= 0.995) return `${counted(Math.round(perSecond), one, many)} a second`
  const perMinute = perSecond * 60
  return perMinute >= 0.95 ? `${counted(Math.round(perMinute), one, many)} a minute` : `less than 1 ${one} a minute`
}

type Noun = readonly [one: string, many: string]

function nounOf(records: readonly Seen[]): Noun {
  const jobs = records.filter(({ kind }) => kind === 'job').length
  if (jobs === 0) return ['request', 'requests']
  return jobs === records.length ? ['job', 'jobs'] : ['request or job', 'requests and jobs']
}

const maxTimes = 20
const maxNames = 50

/** Adds up times by name, the most first. */
function timesOf(
  records: readonly Seen[],
  of: (record: Seen) => Readonly<Record<string, { readonly calls: number; readonly ms: number }>> | undefined,
): TimeOf[] {
  const sums = new Map<string, { calls: number; ms: number }>()
  for (const record of records) {
    for (const [name, { calls, ms }] of Object.entries(of(record) ?? {})) {
      const sum = sums.get(name)
      sums.set(name, { calls: calls + (sum?.calls ?? 0), ms: ms + (sum?.ms ?? 0) })
    }
  }
  const all = [...sums].map(([name, { calls, ms }]) => ({ name, calls, ms: roundedMs(ms) }))
  return all.sort((one, other) => other.ms - one.ms).slice(0, maxTimes)
}

function namesOf(records: readonly Seen[], of: (record: Seen) => object | undefined): string[] {
  const names = new Set(records.flatMap((record) => Object.keys(of(record) ?? {})))
  return [...names].sort().slice(0, maxNames)
}

/** `1 in 9`; `67 %`; `All`. */
function partOf(part: number, whole: number): { readonly said: string; readonly isOne: boolean } {
  if (part === whole) return whole === 1 ? { said: 'It', isOne: true } : { said: 'All', isOne: false }
  const oneIn = Math.round(whole / part)
  if (oneIn >= 2) return { said: `1 in ${numberSaid(oneIn)}`, isOne: true }
  return { said: `${Math.round((part / whole) * 100)} %`, isOne: false }
}

/** All that failed and the slowest, and an even choice of the others; oldest first. */
function chosen<One extends Seen>(records: readonly One[], slowMs: number): One[] {
  const all = [...records].sort(newestFirst).reverse()
  if (all.length <= maxPoints) return all
  const notable = all.filter((one) => hasFailed(one) || one.durationMs > slowMs).slice(-maxPoints / 2)
  const kept = new Set(notable)
  const others = all.filter((one) => !kept.has(one))
  const every = others.length / (maxPoints - notable.length)
  for (let at = 0; at < others.length; at += every) kept.add(others[Math.floor(at)] as One)
  return all.filter((one) => kept.has(one))
}

function pointOf(record: Seen, from: number): RequestPoint {
  const { id, startedAt, durationMs, cpu } = record
  const waits = cpu === undefined ? waitsByClock(record) : record.waits
  return {
    id,
    atMs: Date.parse(startedAt) - from,
    durationMs: roundedMs(durationMs),
    dominant: dominantOf({ cpu, waits }) ?? 'unmeasured',
    ...(hasFailed(record) ? { failed: true } : {}),
  }
}
