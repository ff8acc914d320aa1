import { stat } from 'node:fs'
import { chargeToOverhead, runDetached } from '../context/storage.js'
import { oncePerProcess } from '../process/once.js'
import { RecentWorst } from './recent-worst.js'

// Tests of a service may replace the timers later.
const realInterval = setInterval
const realImmediate = setImmediate

const everyMs = 100
/** How often a canary that is out is looked at. */
const lookMs = 5

/**
 * Measures how long work waits for a thread of libuv's pool, by a look at the root directory every 100 ms. `fs`, `dns.lookup`,
 * `crypto` and `zlib` share this pool. The wait is a lower bound: only time counts in which the event loop looked for the answer
 * in vain, or a blocked loop would look like a full pool.
 */
export class PoolCanary {
  readonly waits: RecentWorst = new RecentWorst()
  // `file-bytes.ts` may wrap functions of `node:fs` later.
  readonly #stat = stat
  #timer: NodeJS.Timeout | undefined
  #isOut = false
  #sentAt = Number.NEGATIVE_INFINITY

  start(): void {
    runDetached(() => {
      this.#send()
      this.#timer = realInterval(() => chargeToOverhead(() => this.#send()), everyMs).unref()
    })
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #send(): void {
    const start = performance.now()
    // Windows of 50 ms switch the canary on more often than it flies.
    if (this.#isOut || start - this.#sentAt < everyMs / 2) return
    this.#isOut = true
    this.#sentAt = start
    let missedAt = start
    // Right after the event loop has looked for answers of the pool.
    const missed = (): void => {
      if (this.#isOut) missedAt = performance.now()
    }
    const look = realInterval(() => realImmediate(missed).unref(), lookMs).unref()
    this.#stat('/', () =>
      chargeToOverhead(() => {
        clearInterval(look)
        this.#isOut = false
        this.waits.add(missedAt - start)
      }),
    )
  }
}

/** What the engine saw of this process while it was on. Kept when the engine ends: it begins again for the next request. */
export interface Seen {
  readonly pool: PoolCanary
  readonly gc: RecentWorst
}

export const seen: () => Seen = () =>
  oncePerProcess<Seen>('seen.1', () => ({ pool: new PoolCanary(), gc: new RecentWorst() }))
