import type { Exchange } from '../http/exchange.js'
import { OpenList } from '../work/open-list.js'

// Few services leave requests stranded, so few sweeps do.
const addedPerSweep = 1_024

/** The exchanges that are open. Tells when all of them have ended. */
export class OpenExchanges implements Iterable<Exchange> {
  readonly #open = new OpenList<Exchange>()
  readonly #end: (exchange: Exchange) => void
  #added = 0
  #whenIdle: (() => void) | undefined

  /** @param end ends a stranded exchange, as its response does otherwise */
  constructor(end: (exchange: Exchange) => void) {
    this.#end = end
  }

  add(exchange: Exchange): void {
    this.#open.add(exchange)
    this.#added++
    if (this.#added % addedPerSweep === 0) this.sweep()
  }

  /** Ends the exchanges whose connection is gone but whose response did not report it. */
  sweep(): void {
    for (const exchange of this.#open) if (exchange.isStranded) this.#end(exchange)
  }

  /** @returns false if the exchange was already deleted */
  delete(exchange: Exchange): boolean {
    if (!this.#open.delete(exchange)) return false
    if (this.#whenIdle !== undefined && !this.#isBusy()) this.#whenIdle()
    return true
  }

  [Symbol.iterator](): Iterator<Exchange> {
    return this.#open[Symbol.iterator]()
  }

  /** Resolves when all have ended, or after `withinMs`. Upgraded connections do not count: they may stay open for days. */
  async idle(withinMs: number): Promise<void> {
    if (!this.#isBusy()) return
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve
      timer = setTimeout(resolve, withinMs)
    })
    clearTimeout(timer)
    this.#whenIdle = undefined
  }

  #isBusy(): boolean {
    for (const exchange of this.#open) if (!exchange.upgraded) return true
    return false
  }
}
