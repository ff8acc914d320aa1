import type { Alert } from './alert.js'
import { accountName, percent } from './phrases.js'
import type { End, Recent, RecentEnds } from './recent-ends.js'

/** A burst: at least so many failures within a minute, and at least this share of all requests and jobs. */
const burst = { failures: 10, share: 0.1 } as const

const pauseMs = 1_000

/**
 * Finds error bursts: at least 10 requests and jobs of an account, or of the whole service, failed within a minute, and they are at
 * least 10 % of all. If one account has half of the failures, the alert names that account. If the failures are spread over
 * accounts, one alert is about the service.
 */
export class ErrorBursts {
  readonly #ends: RecentEnds
  readonly #raise: (alert: Alert) => void
  readonly #now: () => number
  #dominant: string | undefined
  #lookedAt = Number.NEGATIVE_INFINITY

  constructor(ends: RecentEnds, raise: (alert: Alert) => void, now: () => number = () => performance.now()) {
    this.#ends = ends
    this.#raise = raise
    this.#now = now
  }

  /** Looks for a burst after a request or job failed, and was added to the ends. */
  failed({ account, requestId }: End): void {
    const service = this.#ends.of(undefined)
    const own = account === undefined ? undefined : this.#ends.of(account)
    const isServices = isBurst(service)
    const isOwn = own !== undefined && isBurst(own)
    if (isOwn && (!isServices || own.failed * 2 >= service.failed)) this.#raise(alertOf(own, account, requestId))
    else if (isServices && this.#isSpread(service)) this.#raise(alertOf(service, undefined, requestId))
  }

  /** False if an account with half of the failures has its own alert, or gets it at one of its next failures. */
  #isSpread({ failed }: Recent): boolean {
    const now = this.#now()
    const dominates = (): boolean => this.#dominant !== undefined && this.#ends.of(this.#dominant).failed * 2 >= failed
    // To look through all accounts at every failure would take too long.
    if (now - this.#lookedAt >= pauseMs || (this.#dominant !== undefined && !dominates())) {
      this.#lookedAt = now
      this.#dominant = this.#ends.dominant()
    }
    if (this.#dominant === undefined) return true
    const recent = this.#ends.of(this.#dominant)
    return recent.failed >= burst.failures && !isBurst(recent)
  }
}

function isBurst({ failed, ended }: Recent): boolean {
  return failed >= burst.failures && failed >= ended * burst.share
}

function alertOf({ failed, ended, jobs }: Recent, account: string | undefined, requestId: string): Alert {
  const all = jobs === 0 ? 'requests' : jobs === ended ? 'jobs' : 'requests and jobs'
  const whose = account === undefined ? '' : ` of ${accountName(account)}`
  return {
    kind: 'errors',
    account,
    requestId,
    sentence: `${failed} of ${ended} ${all}${whose} failed in the last minute (${percent(failed / ended)})`,
    figures: { failed, ended, spanMs: 60_000 },
  }
}
