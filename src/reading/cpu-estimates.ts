import { type ReadAccess, seesAll } from '../records/read-access.js'
import type { StoredRecord } from '../records/record.js'
import type { TotalsRow } from '../records/totals/totals-types.js'
import { roundedMs } from '../safe-values/rounded-ms.js'
import { isSharedName, type UsageSource } from './accounts.js'
import type { CpuEstimate } from './listed-request.js'

/** Estimates the CPU of a request that was not measured. */
export type EstimateCpu = (record: Pick<StoredRecord, 'kind' | 'method' | 'route' | 'name'>) => CpuEstimate | undefined

const spanMs = 3_600_000
/** Totals change slowly, and to read them takes some milliseconds. */
const keptForMs = 5_000
const maxReaders = 64

/**
 * The CPU that routes usually take, from the windows of the last hour. A reader of one account gets estimates from the account's own
 * requests: those of others would tell what others do.
 */
export class CpuEstimates {
  readonly #source: UsageSource
  readonly #kept = new Map<string | undefined, { readonly until: number; readonly estimate: EstimateCpu }>()

  constructor(source: UsageSource) {
    this.#source = source
  }

  /** The estimates for one reader. Totals are read when the first is asked for. */
  of(access: ReadAccess): EstimateCpu {
    const { account } = access
    if (!seesAll(access) && (account === undefined || isSharedName(account))) return () => undefined
    return (record) => this.#known(account)(record)
  }

  #known(account: string | undefined): EstimateCpu {
    const now = performance.now()
    const known = this.#kept.get(account)
    if (known !== undefined && known.until > now) return known.estimate
    const estimate = this.#read(account)
    if (this.#kept.size >= maxReaders) this.#kept.clear()
    this.#kept.set(account, { until: now + keptForMs, estimate })
    return estimate
  }

  #read(account: string | undefined): EstimateCpu {
    const { rows, exact } = this.#source.read({ by: 'route', spanMs, account })
    const estimates = new Map<string, CpuEstimate>()
    for (const row of exact ? [] : rows) {
      const estimate = meanOf(row)
      if (estimate === undefined || row.route === undefined || isSharedName(row.route)) continue
      estimates.set(`${row.method ?? ''} ${this.#source.safe(row.route)}`, estimate)
    }
    return ({ kind, method, route, name }) => {
      if (kind === 'job') return estimates.get(` ${name === undefined ? 'job' : `job ${name}`}`)
      return route === undefined ? undefined : estimates.get(`${method ?? ''} ${route}`)
    }
  }
}

function meanOf({ requests, jobs, cpuMs, exact, windows = 0 }: TotalsRow): CpuEstimate | undefined {
  const count = requests + jobs
  if (exact || cpuMs === undefined || windows === 0 || count === 0) return undefined
  return { ms: roundedMs(cpuMs / count), windows }
}
