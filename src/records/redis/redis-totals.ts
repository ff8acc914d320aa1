import type { SharedMinute, TotalsStore } from '../shared-store.js'
import type { Run } from './redis-live.js'
import { putMinuteScript, sinceScript } from './redis-script.js'

const keepMs = 25 * 60 * 60_000

/** Totals of all processes in Redis: those of the last day. */
export class RedisTotals implements TotalsStore {
  readonly #run: Run

  constructor(run: Run) {
    this.#run = run
  }

  async put({ instance, from, lines }: SharedMinute): Promise<void> {
    await this.#run(putMinuteScript, [`${from} ${instance}`, String(from), JSON.stringify(lines), String(keepMs)])
  }

  async since(from: number): Promise<readonly SharedMinute[]> {
    const rows = (await this.#run(sinceScript, [String(from)])) as [string, string][]
    return rows.map(([name, lines]) => {
      const space = name.indexOf(' ')
      return { instance: name.slice(space + 1), from: Number(name.slice(0, space)), lines: JSON.parse(lines) }
    })
  }
}
