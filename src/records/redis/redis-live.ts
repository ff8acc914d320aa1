import { roundedMs } from '../../safe-values/rounded-ms.js'
import type { LiveRequest } from '../live-request.js'
import { mayReadAccount, type ReadAccess } from '../read-access.js'
import type { KnownProcess, LiveSeen, LiveStore, ProcessFacts } from '../shared-store.js'
import { ownerKey, readerOf } from './owner.js'
import type { Argument } from './redis-commands.js'
import { beatScript, leaveScript, liveScript, type RedisScript } from './redis-script.js'
import type { Unreadable } from './unreadable.js'

/** Runs a script of the store. Rejects if Redis does not answer. */
export type Run = (script: RedisScript, args: readonly Argument[]) => Promise<unknown>

/** How long a process that is gone is listed, with what was open in it. */
const keepLostMs = 3_600_000
/** Beats that fail for so long are an outage. After it, the other processes get some time for their next beats. */
const outageMs = 3_000
const settleMs = 5_000
/** A request that is still open is told again after so many beats. */
const tellAgain = 5

/** The records of the process that wait to be written. */
export interface OwnWaiting {
  /** Why records cannot be written. A beat rejects, too, while there is such a reason. */
  failure(): Error | undefined
  /** Writes what waits now. */
  flush(): Promise<void>
}

/** What Redis knows of a process: its open requests, each with the beat that told it, and how many beats there were. */
interface Told {
  readonly open: ReadonlyMap<string, number>
  readonly beats: number
}

/** Open requests of all processes in Redis. Only what began or ended since the last beat is sent, and every 5 s the figures of the rest. */
export class RedisLive implements LiveStore {
  readonly #run: Run
  readonly #unreadable: Unreadable
  readonly #waiting: OwnWaiting
  /** What each process of this store told last, by its name in Redis. */
  readonly #known = new Map<string, Told>()
  #failingSince: number | undefined
  /** When the last outage ended. */
  #backAt = Number.NEGATIVE_INFINITY

  constructor(run: Run, unreadable: Unreadable, waiting: OwnWaiting) {
    this.#run = run
    this.#unreadable = unreadable
    this.#waiting = waiting
  }

  async beat(process: ProcessFacts, open: readonly LiveRequest[]): Promise<void> {
    const name = nameOf(process)
    const known = this.#known.get(name)
    const beat = (known?.beats ?? 0) + 1
    // After a failure Redis may have lost everything.
    const before = known?.open ?? new Map<string, number>()
    const told = new Map<string, number>()
    const news: string[] = []
    for (const one of open) {
      const last = before.get(one.id)
      const isNews = last === undefined || beat - last >= tellAgain
      told.set(one.id, isNews ? beat : last)
      if (isNews) news.push(one.id, ownerOf(one), JSON.stringify(one))
    }
    const ended = [...before.keys()].filter((id) => !told.has(id))
    const args = [name, JSON.stringify(process), String(keepLostMs), known === undefined ? 'all' : 'some']
    this.#known.delete(name)
    await this.#watched(this.#run(beatScript, [...args, String(ended.length), ...ended, ...news]))
    this.#known.set(name, { open: told, beats: beat })
    const failure = this.#waiting.failure()
    if (failure !== undefined) throw failure
  }

  async list(access: ReadAccess): Promise<LiveSeen> {
    const owner = readerOf(access)
    if (owner === undefined) return { processes: [], items: [] }
    const rows = (await this.#run(liveScript, [owner, String(keepLostMs)])) as [string, number, (string | number)[]][]
    const mostSilentMs = this.#mostSilentMs()
    const processes: KnownProcess[] = []
    const items: LiveSeen['items'][number][] = []
    for (const [facts, silentMs, open] of rows) {
      const process = this.#unreadable.orNote(facts, () => factsIn(facts))
      if (process !== undefined) processes.push({ ...process, silentMs: Math.min(silentMs, mostSilentMs) })
      for (let at = 0; at < open.length; at += 2) {
        const json = open[at] as string
        const one = this.#unreadable.orNote(json, () => liveIn(json))
        if (one === undefined || !mayReadAccount(access, one.account)) continue
        // It was told some seconds ago, and has been open since.
        items.push({ ...one, run: process?.run, openMs: roundedMs(one.openMs + Number(open[at + 1])) })
      }
    }
    return { processes, items }
  }

  async leave(instance: string, run?: string): Promise<void> {
    // The service may end its client next, and the last records would wait 50 ms more.
    await this.#waiting.flush().catch(() => {})
    await this.#run(leaveScript, [nameOf({ instance, run })])
    this.#known.delete(nameOf({ instance, run }))
  }

  async #watched(beat: Promise<unknown>): Promise<void> {
    try {
      await beat
    } catch (error) {
      this.#failingSince ??= performance.now()
      throw error
    }
    if (ageOf(this.#failingSince) >= outageMs) this.#backAt = performance.now()
    this.#failingSince = undefined
  }

  /** How silent a process can be. While this process could not beat, the silence of the others says nothing. */
  #mostSilentMs(): number {
    if (ageOf(this.#failingSince) >= outageMs) return 0
    const backForMs = ageOf(this.#backAt)
    return backForMs < settleMs ? backForMs : Number.POSITIVE_INFINITY
  }
}

function ageOf(time: number | undefined): number {
  return time === undefined ? 0 : performance.now() - time
}

function nameOf({ instance, run }: Pick<ProcessFacts, 'instance' | 'run'>): string {
  return run === undefined ? instance : `${instance} ${run}`
}

function factsIn(json: string): ProcessFacts {
  const facts = JSON.parse(json) as ProcessFacts
  if (typeof facts.instance !== 'string') throw new TypeError('not a process')
  return facts
}

function liveIn(json: string): LiveRequest {
  const one = JSON.parse(json) as LiveRequest
  if (typeof one.id !== 'string' || typeof one.openMs !== 'number') throw new TypeError('not an open request')
  return one
}

function ownerOf({ account }: LiveRequest): string {
  return account === undefined ? '' : ownerKey(account)
}
