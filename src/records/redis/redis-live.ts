import { roundedMs } from '../../safe-values/rounded-ms.js'
import type { LiveRequest } from '../live-request.js'
import { mayReadAccount, type ReadAccess } from '../read-access.js'
import type { KnownProcess, LiveSeen, LiveStore, ProcessFacts } from '../shared-store.js'
import { ownerKey, readerOf } from './owner.js'
import type { Argument } from './redis-commands.js'
import { beatScript, leaveScript, liveScript, type RedisScript } from './redis-script.js'

/** Runs a script of the store. Rejects if Redis does not answer. */
export type Run = (script: RedisScript, args: readonly Argument[]) => Promise<unknown>

/** How long a process that is gone is listed, with what was open in it. */
const keepLostMs = 3_600_000
/** A request that is still open is told again after so many beats. */
const tellAgain = 5

/** Open requests of all processes in Redis. Only what began or ended since the last beat is sent, and every 5 s the figures of the rest. */
export class RedisLive implements LiveStore {
  readonly #run: Run
  #told = new Map<string, number>()
  #beats = 0
  #failed = true

  constructor(run: Run) {
    this.#run = run
  }

  async beat(process: ProcessFacts, open: readonly LiveRequest[]): Promise<void> {
    const beat = ++this.#beats
    // After a failure Redis may have lost everything.
    const before = this.#failed ? new Map<string, number>() : this.#told
    const told = new Map<string, number>()
    const news: string[] = []
    for (const one of open) {
      const last = before.get(one.id)
      const isNews = last === undefined || beat - last >= tellAgain
      told.set(one.id, isNews ? beat : last)
      if (isNews) news.push(one.id, ownerOf(one), JSON.stringify(one))
    }
    const ended = [...before.keys()].filter((id) => !told.has(id))
    const args = [process.instance, JSON.stringify(process), String(keepLostMs), this.#failed ? 'all' : 'some']
    try {
      await this.#run(beatScript, [...args, String(ended.length), ...ended, ...news])
      this.#told = told
      this.#failed = false
    } catch (error) {
      this.#failed = true
      throw error
    }
  }

  async list(access: ReadAccess): Promise<LiveSeen> {
    const owner = readerOf(access)
    if (owner === undefined) return { processes: [], items: [] }
    const rows = (await this.#run(liveScript, [owner, String(keepLostMs)])) as [string, number, (string | number)[]][]
    const processes: KnownProcess[] = []
    const items: LiveRequest[] = []
    for (const [facts, silentMs, open] of rows) {
      processes.push({ ...(JSON.parse(facts) as ProcessFacts), silentMs })
      for (let at = 0; at < open.length; at += 2) {
        const one = JSON.parse(open[at] as string) as LiveRequest
        // It was told some seconds ago, and has been open since.
        const openMs = roundedMs(one.openMs + Number(open[at + 1]))
        if (mayReadAccount(access, one.account)) items.push({ ...one, openMs })
      }
    }
    return { processes, items }
  }

  async leave(instance: string): Promise<void> {
    await this.#run(leaveScript, [instance])
  }
}

function ownerOf({ account }: LiveRequest): string {
  return account === undefined ? '' : ownerKey(account)
}
