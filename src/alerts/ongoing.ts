/** Says which of several faults are news: those that began since the last look, and those that last `everyMs` longer. */
export class Ongoing {
  readonly #everyMs: number
  readonly #now: () => number
  readonly #saidAt = new Map<string, number>()

  constructor(everyMs: number, now: () => number = () => performance.now()) {
    this.#everyMs = everyMs
    this.#now = now
  }

  /** @param faults all faults that exist now, by name; no name twice @returns those that are news */
  news<Fault>(faults: ReadonlyMap<string, Fault>): Fault[] {
    const now = this.#now()
    for (const name of this.#saidAt.keys()) if (!faults.has(name)) this.#saidAt.delete(name)
    const news = [...faults].filter(([name]) => now - (this.#saidAt.get(name) ?? -Infinity) >= this.#everyMs)
    for (const [name] of news) this.#saidAt.set(name, now)
    return news.map(([, fault]) => fault)
  }
}
