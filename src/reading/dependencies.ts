import type { StoredRecord } from '../records/record.js'
import { roundedMs } from '../safe-values/rounded-ms.js'

/** What the service's requests and jobs asked of databases and other services, for readers of everything. */
export interface Dependencies {
  /** The time that the figures are about: the last 15 minutes, or as much of them as is known. ISO 8601, UTC. */
  readonly from: string
  readonly to: string
  /** How many requests and jobs they are of. */
  readonly requests: number
  /** Systems of queries, those with the most time first; at most 20. */
  readonly systems: readonly DependencyUse[]
  /** Texts with queries of at least 100 ms, the slowest first; at most 10. Only records in memory know them. */
  readonly slowQueries: readonly SlowQuery[]
  /** Hosts of outgoing calls, those with the most time first; at most 20. */
  readonly hosts: readonly DependencyUse[]
}

/** A system of queries, or a host of calls. */
export interface DependencyUse {
  readonly name: string
  readonly calls: number
  /** At least one was open, summed over the requests and jobs. */
  readonly ms: number
  /** Of those whose own durations are known; absent if none is. */
  readonly p95Ms?: number | undefined
  readonly slowestMs?: number | undefined
  /** How many failed, of those whose outcome is known: an error, or a status of 500 or above. */
  readonly failed?: number | undefined
}

/** A text with slow queries. */
export interface SlowQuery {
  readonly system: string
  readonly summary?: string | undefined
  /** How many took at least 100 ms. */
  readonly slow: number
  readonly slowestMs: number
  /** The work that sent most of the slow ones. */
  readonly mostFrom: {
    readonly account?: string | undefined
    readonly method?: string | undefined
    readonly route?: string | undefined
    readonly name?: string | undefined
  }
}

const slowFromMs = 100
const maxUses = 20
const maxSlow = 10
/** Enough for a 95th percentile, however many queries a service sends. */
const maxDurations = 20_000

/** Adds up the queries and calls of some records. `from` and `to` are ms since the epoch. */
export function dependenciesOf(records: readonly StoredRecord[], from: number, to: number): Dependencies {
  const systems = new Uses()
  const hosts = new Uses()
  const slow = new Map<string, SlowSum>()
  for (const record of records) {
    for (const [name, sum] of Object.entries(record.queries?.bySystem ?? {})) systems.add(name, sum)
    for (const [name, sum] of Object.entries(record.io.outgoing?.byHost ?? {})) hosts.add(name, sum)
    for (const { host, durationMs, status, errorCode } of record.outgoing ?? [])
      hosts.seen(host, durationMs, errorCode !== undefined || (status ?? 0) >= 500)
    addQueries(record, systems, slow)
  }
  const slowest = [...slow.values()].sort((one, other) => other.slowestMs - one.slowestMs).slice(0, maxSlow)
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    requests: records.length,
    systems: systems.list(),
    slowQueries: slowest.map(slowQuery),
    hosts: hosts.list(),
  }
}

interface SlowSum extends Pick<SlowQuery, 'system' | 'summary'> {
  slow: number
  slowestMs: number
  /** The slow queries by the work that sent them. */
  readonly senders: Map<string, { count: number; readonly of: SlowQuery['mostFrom'] }>
}

function addQueries(record: StoredRecord, systems: Uses, slow: Map<string, SlowSum>): void {
  // Stores may have records of a version without these lists.
  const { queryKinds = [], queryRuns = [] } = record
  for (const { kind = -1, durationMs, errorCode, unfinished } of queryRuns) {
    const of = queryKinds[kind]
    if (of === undefined || durationMs === undefined || unfinished) continue
    systems.seen(of.system, durationMs, errorCode !== undefined)
    if (durationMs < slowFromMs) continue
    // Two texts may have one summary.
    const key = JSON.stringify([of.system, of.namespace, of.summary, of.text])
    const sum = slow.get(key) ?? { system: of.system, summary: of.summary, slow: 0, slowestMs: 0, senders: new Map() }
    slow.set(key, sum)
    sum.slow += 1
    sum.slowestMs = Math.max(sum.slowestMs, durationMs)
    addSender(sum, record)
  }
}

function addSender({ senders }: SlowSum, { account, method, route, name }: StoredRecord): void {
  const key = JSON.stringify([account, method, route, name])
  const sender = senders.get(key) ?? { count: 0, of: { account, method, route, name } }
  senders.set(key, sender)
  sender.count += 1
}

function slowQuery({ system, summary, slow, slowestMs, senders }: SlowSum): SlowQuery {
  const [most] = [...senders.values()].sort((one, other) => other.count - one.count)
  return { system, summary, slow, slowestMs: roundedMs(slowestMs), mostFrom: most?.of ?? {} }
}

interface UseSum {
  calls: number
  ms: number
  readonly durations: number[]
  failed: number
}

/** Sums by name. */
class Uses {
  readonly #sums = new Map<string, UseSum>()

  add(name: string, { calls, ms }: { readonly calls: number; readonly ms: number }): void {
    const sum = this.#of(name)
    sum.calls += calls
    sum.ms += ms
  }

  /** One query or call whose own duration is known. */
  seen(name: string, durationMs: number | undefined, hasFailed: boolean): void {
    const sum = this.#of(name)
    if (durationMs === undefined) return
    if (sum.durations.length < maxDurations) sum.durations.push(durationMs)
    if (hasFailed) sum.failed += 1
  }

  /** Those with the most time first. */
  list(): DependencyUse[] {
    const all = [...this.#sums].filter(([, { calls }]) => calls > 0).sort(([, one], [, other]) => other.ms - one.ms)
    return all.slice(0, maxUses).map(([name, { calls, ms, durations, failed }]) => {
      const known = { name, calls, ms: roundedMs(ms) }
      if (durations.length === 0) return known
      durations.sort((one, other) => one - other)
      const at = (share: number): number => roundedMs(durations[Math.ceil(durations.length * share) - 1] as number)
      return { ...known, p95Ms: at(0.95), slowestMs: at(1), failed }
    })
  }

  #of(name: string): UseSum {
    const known = this.#sums.get(name)
    if (known !== undefined) return known
    const made = { calls: 0, ms: 0, durations: [], failed: 0 }
    this.#sums.set(name, made)
    return made
  }
}
