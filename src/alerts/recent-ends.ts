const bucketMs = 10_000
const buckets = 6
/** Accounts that are counted in a bucket. Ends of further accounts count for the service only. */
const maxAccounts = 10_000

/** The last minute of an account or of the service. */
export interface Recent {
  /** Finished requests and jobs. */
  readonly ended: number
  readonly jobs: number
  readonly failed: number
  /** The request with the longest duration. */
  readonly slowestId: string | undefined
}

/** One request or job that ended. */
export interface End {
  readonly account: string | undefined
  readonly requestId: string
  readonly isJob: boolean
  readonly failed: boolean
  readonly durationMs: number
}

class Counts {
  ended = 0
  jobs = 0
  failed = 0
  slowestMs = -1
  slowestId: string | undefined

  add({ requestId, isJob, failed, durationMs }: End): void {
    this.ended++
    if (isJob) this.jobs++
    if (failed) this.failed++
    if (durationMs <= this.slowestMs) return
    this.slowestMs = durationMs
    this.slowestId = requestId
  }

  addAll(other: Counts): void {
    this.ended += other.ended
    this.jobs += other.jobs
    this.failed += other.failed
    if (other.slowestMs <= this.slowestMs) return
    this.slowestMs = other.slowestMs
    this.slowestId = other.slowestId
  }
}

class Bucket {
  readonly service = new Counts()
  readonly accounts = new Map<string, Counts>()
  readonly number: number

  constructor(number: number) {
    this.number = number
  }

  add(end: End): void {
    this.service.add(end)
    if (end.account === undefined) return
    let counts = this.accounts.get(end.account)
    if (counts === undefined) {
      if (this.accounts.size >= maxAccounts) return
      counts = new Counts()
      this.accounts.set(end.account, counts)
    }
    counts.add(end)
  }
}

/**
 * Counts the requests and jobs that ended in the last minute, by account: in six buckets of ten seconds, of which the last one is
 * not full yet. An end takes one look-up in a map.
 */
export class RecentEnds {
  readonly #now: () => number
  #buckets: Bucket[] = []

  /** @param now a clock that never jumps, in ms */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  add(end: End): void {
    this.#current().add(end)
  }

  /** The last minute of an account; of the service without one. */
  of(account: string | undefined): Recent {
    this.#current()
    const sum = new Counts()
    for (const bucket of this.#buckets) {
      const counts = account === undefined ? bucket.service : bucket.accounts.get(account)
      if (counts !== undefined) sum.addAll(counts)
    }
    return sum
  }

  /** The account with at least half of all failures of the last minute. It looks through all accounts. */
  dominant(): string | undefined {
    const half = this.of(undefined).failed / 2
    const failed = new Map<string, number>()
    for (const { accounts } of this.#buckets) {
      for (const [account, counts] of accounts) {
        if (counts.failed > 0) failed.set(account, (failed.get(account) ?? 0) + counts.failed)
      }
    }
    for (const [account, count] of failed) if (count >= half) return account
    return undefined
  }

  #current(): Bucket {
    const number = Math.floor(this.#now() / bucketMs)
    const last = this.#buckets.at(-1)
    if (last?.number === number) return last
    const bucket = new Bucket(number)
    this.#buckets = [...this.#buckets.filter((one) => one.number > number - buckets), bucket]
    return bucket
  }
}
