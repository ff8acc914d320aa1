import { isProcess } from '../records/process-name.js'
import type { RecordStore } from '../records/record-store.js'
import type { StretchHead } from '../records/shared-store.js'
import type { StretchKind } from '../records/totals/stretches.js'
import type { TotalsQuery, TotalsReading } from '../records/totals/totals-types.js'
import type { UsageSource } from './accounts.js'
import { mergedTotals } from './merged-totals.js'
import { OtherTotals } from './other-totals.js'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
/** How far back is asked, with one stretch more: the first one began before. */
const askedMs: Readonly<Record<StretchKind, number>> = { minute: hourMs + minuteMs, quarter: 24.25 * hourMs }
const keptForMs = 2_000
/** Of more processes, those that ended long ago are left out. */
const maxOthers = 200

/** The totals of one process. */
export interface OwnUsage extends UsageSource {
  /** Tells the process from others of the same name; undefined if no others know its totals. */
  readonly run?: string | undefined
}

/** A question to the store. */
interface Asked {
  readonly answer: Promise<void>
  /** Until when the answer counts. */
  until: number
}

/** Asks the store; rejects if it does not answer in time. */
export type AskStore = <T>(ask: (store: RecordStore) => T | Promise<T>) => Promise<T>

/**
 * The totals of all processes of the service: those of this process, and those that the others put into the store. While the store
 * fails, they are those of this process alone.
 */
export class SharedUsage {
  readonly #own: OwnUsage
  readonly #store: RecordStore
  readonly #ask: AskStore
  readonly #asked = new Map<StretchKind, Asked>()
  readonly #others = new Map<string, OtherTotals>()
  #isFailing = true

  constructor(own: OwnUsage, store: RecordStore, ask: AskStore) {
    this.#own = own
    this.#store = store
    this.#ask = ask
  }

  /** What is known now, for readers who cannot wait. Asks the store for what is new. */
  get known(): UsageSource {
    void this.#asksFor('minute')
    return this.#sumOf(undefined)
  }

  /**
   * The totals of all processes, or of some.
   *
   * @param spanMs the span of the readings
   * @param process only those of this name
   */
  async of(spanMs: number, process?: string): Promise<UsageSource> {
    await this.#asksFor(spanMs > hourMs ? 'quarter' : 'minute')
    return this.#sumOf(process)
  }

  #sumOf(process: string | undefined): UsageSource {
    const own = this.#own
    const others = this.#isFailing ? [] : [...this.#others.values()].filter(({ isEmpty }) => !isEmpty)
    const wanted = [own, ...others].filter(({ instance }) => isProcess(instance, process))
    if (wanted.length === 0) return own
    const read = (query: TotalsQuery): TotalsReading => {
      const readings = wanted.flatMap((one) => ('readings' in one ? one.readings(query) : [one.read(query)]))
      return mergedTotals(query, readings)
    }
    return { read, safe: (name) => own.safe(name), instance: process ?? own.instance }
  }

  /** Never rejects: then this process answers alone, and the health of the store says why. */
  async #asksFor(kind: StretchKind): Promise<void> {
    if (this.#store.totals === undefined) return
    try {
      await this.#ask(() => this.#fetched(kind))
      this.#isFailing = false
    } catch {
      this.#isFailing = true
    }
  }

  /** What is new, fetched once for all who ask at the same time, and for a while. */
  #fetched(kind: StretchKind): Promise<void> {
    const last = this.#asked.get(kind)
    if (last !== undefined && performance.now() < last.until) return last.answer
    const asked: Asked = { answer: this.#fetch(kind), until: Number.POSITIVE_INFINITY }
    this.#asked.set(kind, asked)
    const endIn = (ms: number) => (): void => {
      asked.until = performance.now() + ms
    }
    asked.answer.then(endIn(keptForMs), endIn(0))
    return asked.answer
  }

  async #fetch(kind: StretchKind): Promise<void> {
    const { totals } = this.#store
    // The store gives the last stretches first.
    const runs = new Set<string>()
    const isWanted = (head: StretchHead): boolean => {
      if (head.run === this.#own.run || (runs.size >= maxOthers && !runs.has(head.run))) return false
      runs.add(head.run)
      return !this.#otherOf(head).has(head)
    }
    for await (const stretch of totals?.since(kind, askedMs[kind], isWanted) ?? []) this.#otherOf(stretch).add(stretch)
    this.#forget()
  }

  #otherOf({ run, instance }: StretchHead): OtherTotals {
    const other = this.#others.get(run) ?? new OtherTotals(instance)
    // The last seen is the last of the map.
    this.#others.delete(run)
    this.#others.set(run, other)
    return other
  }

  #forget(): void {
    for (const run of this.#others.keys()) {
      if (this.#others.size <= maxOthers) return
      this.#others.delete(run)
    }
  }
}
