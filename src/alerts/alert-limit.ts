import { type Alert, type AlertKind, alertKinds } from './alert.js'

/** Accounts that are remembered, for all kinds together. */
const maxAccounts = 100_000

/** The alerts that were held back since the last report. */
export interface HeldBack {
  readonly total: number
  /** How many of each kind, without kinds that have none. */
  readonly byKind: Readonly<Partial<Record<AlertKind, number>>>
}

/**
 * Lets at most one alert of each kind and account pass in `everyMs`, and counts the others. It remembers 100,000 accounts. While
 * these are all recent, it lets no alert of another account pass.
 */
export class AlertLimit {
  readonly #everyMs: number
  readonly #now: () => number
  /** When an alert passed, by account; the oldest first. The service itself is `undefined`. */
  readonly #passed = new Map<AlertKind, Map<string | undefined, number>>(alertKinds.map((kind) => [kind, new Map()]))
  #accounts = 0
  #heldBack: Partial<Record<AlertKind, number>> = {}
  #total = 0

  /** @param now a clock that never jumps, in ms */
  constructor(everyMs: number, now: () => number = () => performance.now()) {
    this.#everyMs = everyMs
    this.#now = now
  }

  /** The number of accounts that are remembered. */
  get size(): number {
    return this.#accounts
  }

  /** The number of alerts held back since the last report. */
  get heldBack(): number {
    return this.#total
  }

  /** @returns true if the alert may be sent */
  passes({ kind, account }: Pick<Alert, 'kind' | 'account'>): boolean {
    const now = this.#now()
    this.#forgetOld(kind, now)
    const passed = this.#passed.get(kind) as Map<string | undefined, number>
    if (passed.has(account) || this.#isFull(now)) {
      this.holdBack(kind)
      return false
    }
    passed.set(account, now)
    this.#accounts++
    return true
  }

  /** Counts an alert that is not sent. */
  holdBack(kind: AlertKind): void {
    this.#heldBack[kind] = (this.#heldBack[kind] ?? 0) + 1
    this.#total++
  }

  /** The alerts held back since the last call. */
  report(): HeldBack {
    const report = { total: this.#total, byKind: this.#heldBack }
    this.#total = 0
    this.#heldBack = {}
    return report
  }

  #isFull(now: number): boolean {
    if (this.#accounts < maxAccounts) return false
    for (const kind of alertKinds) this.#forgetOld(kind, now)
    return this.#accounts >= maxAccounts
  }

  // An account is set once in everyMs, so the order of the map is the order of time.
  #forgetOld(kind: AlertKind, now: number): void {
    const passed = this.#passed.get(kind) as Map<string | undefined, number>
    for (const [account, at] of passed) {
      if (now - at < this.#everyMs) return
      passed.delete(account)
      this.#accounts--
    }
  }
}
