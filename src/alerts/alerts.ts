import { AsyncResource } from 'node:async_hooks'
import { runDetached } from '../context/storage.js'
import type { Alert, AlertKind } from './alert.js'
import { AlertLimit } from './alert-limit.js'

/** How alerts leave the process. */
export interface AlertSender {
  /** Takes the alert; never throws. */
  send(alert: Alert): void
  /** Tries the alerts that wait once more, within a bound. */
  close(): Promise<void>
}

/** The parts of `Alerts`. */
export interface AlertsParts {
  /** The kinds that are sent. Alerts of kind `budget` that are not sent are lines in the logs. */
  readonly on: ReadonlySet<AlertKind>
  readonly everyMs: number
  /** Undefined: alerts are lines in the logs only. */
  readonly sender: AlertSender | undefined
  /** Writes a line. */
  readonly warn: (fields: object, message: string) => void
  /** Resolves with true for the first process that asks for a name within a time. Undefined: this process sends all its alerts. */
  readonly claim?: ((name: string, forMs: number) => boolean | Promise<boolean>) | undefined
  readonly now?: (() => number) | undefined
}

/** How soon the first line about suppressed alerts follows, in ms. */
const reportAfterMs = 10_000

/** Sends at most one alert of each kind and account in `everyMs`. Nothing here runs in the context of a request. */
export class Alerts {
  readonly #parts: AlertsParts
  readonly #limit: AlertLimit
  readonly #now: () => number
  // Outside the contexts of other tracers too: they follow calls by contexts of their own.
  readonly #outside = new AsyncResource('SpoorAlerts')
  #report: NodeJS.Timeout | undefined
  #lastReport = Number.NEGATIVE_INFINITY
  readonly #claims = new Set<Promise<void>>()
  #isClosed = false

  constructor(parts: AlertsParts) {
    this.#parts = parts
    this.#now = parts.now ?? (() => performance.now())
    this.#limit = new AlertLimit(parts.everyMs, this.#now)
  }

  /** True if alerts of this kind are sent, or become lines. */
  has(kind: AlertKind): boolean {
    return kind === 'budget' || this.#parts.on.has(kind)
  }

  /** Sends an alert, unless one of its kind and account was sent in the last `everyMs`. Never throws, and never waits. */
  raise(alert: Alert): void {
    if (this.#isClosed || !this.has(alert.kind)) return
    if (this.#limit.passes(alert)) this.#detached(() => this.#send(alert))
    else if (this.#report === undefined) this.#detached(() => this.#reportLater())
  }

  /** Tries the alerts that wait once more, within a bound. Later alerts are dropped. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#report)
    await Promise.all(this.#claims)
    await this.#parts.sender?.close()
    this.#sayHeldBack()
  }

  #detached(fn: () => void): void {
    this.#outside.runInAsyncScope(() => runDetached(fn))
  }

  #send(alert: Alert): void {
    const { kind, account, requestId, sentence, figures } = alert
    // The other kinds have warnings of their own.
    if (kind === 'errors' || kind === 'budget') {
      this.#parts.warn({ alert: { kind, account, requestId, ...figures } }, `alert: ${sentence}`)
    }
    if (!this.#parts.on.has(kind)) return
    if (this.#parts.claim === undefined) this.#parts.sender?.send(alert)
    else this.#sendFirst(alert, this.#parts.claim)
  }

  /** Sends an alert unless another process of the service has sent its like. Where this cannot be known, it is sent. */
  #sendFirst(alert: Alert, claim: NonNullable<AlertsParts['claim']>): void {
    const { kind, account } = alert
    const asked = async (): Promise<void> => {
      let isFirst = true
      try {
        isFirst = await claim(
          account === undefined ? `alert ${kind}` : `alert ${kind} of ${account}`,
          this.#parts.everyMs,
        )
      } catch {
        // The store is away.
      }
      if (isFirst) this.#parts.sender?.send(alert)
      else this.#limit.holdBack(kind)
    }
    const pending = asked().finally(() => this.#claims.delete(pending))
    this.#claims.add(pending)
  }

  // One line in everyMs at most; the first one soon.
  #reportLater(): void {
    const { everyMs } = this.#parts
    const ms = Math.max(Math.min(reportAfterMs, everyMs), this.#lastReport + everyMs - this.#now())
    const say = (): void => {
      this.#report = undefined
      this.#lastReport = this.#now()
      runDetached(() => this.#sayHeldBack())
    }
    this.#report = setTimeout(say, ms).unref()
  }

  #sayHeldBack(): void {
    const { total, byKind } = this.#limit.report()
    if (total === 0) return
    const kinds = Object.entries(byKind).map(([kind, count]) => `${kind} ${count}`)
    this.#parts.warn(
      { suppressed: byKind },
      `alerts: ${total} suppressed (${kinds.join(', ')}): at most one for each kind and account is sent in ` +
        `${Math.round(this.#parts.everyMs / 1_000)} s (alerts.everyMs)`,
    )
  }
}
