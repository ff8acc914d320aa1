import type { Exchange } from '../http/exchange.js'

/** The exchanges that are open, and when there are none any more. */
export class OpenExchanges implements Iterable<Exchange> {
  readonly #open = new Set<Exchange>()
  #whenIdle: (() => void) | undefined

  add(exchange: Exchange): void {
    this.#open.add(exchange)
  }

  /** @returns false if it was not open any more */
  delete(exchange: Exchange): boolean {
    if (!this.#open.delete(exchange)) return false
    if (this.#whenIdle !== undefined && !this.#isBusy()) this.#whenIdle()
    return true
  }

  [Symbol.iterator](): Iterator<Exchange> {
    return this.#open.values()
  }

  /** Resolves when all are over, at most after `withinMs`; upgraded connections, which may stay for days, do not count. */
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
