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
const keptForMs = 3_000
/** Readers may ask for all processes, and for one after the other. */
const maxKept = 8

/** The totals of one process. */
export interface OwnUsage extends UsageSource {
  /** Tells the process from others of the same name; undefined if no others know its totals. */
  readonly run?: string | undefined
}

/** Asks the store; rejects if it does not answer in time. */
export type AskStore = <T>(ask: (store: RecordStore) => T | Promise<T>) => Promise<T>

/** A question to the store. */
interface Asked {
  readonly answer: Promise<void>
  /** Until when the answer counts. */
  until: number
}

/** Some other processes. */
interface Others {
  readonly totals: OtherTotals
  readonly asked: Map<StretchKind, Asked>
  isFailing: boolean
}

/**
 * The totals of all processes of the service: those of this process, and those that the others put into the store. While the store
 * fails, they are those of this process alone.
 */
export class SharedUsage {
  readonly #own: OwnUsage
  readonly #store: RecordStore
  readonly #ask: AskStore
  /** By the process that is asked for: all of them, or some. */
  readonly #others = new Map<string | undefined, Others>()

  constructor(own: OwnUsage, store: RecordStore, ask: AskStore) {
    this.#own = own
    this.#store = store
    this.#ask = ask
  }

  /** What is known now, for readers who cannot wait. Asks the store for what is new. */
  get known(): UsageSource {
    const others = this.#othersOf(undefined)
    void this.#asksFor('minute', others)
    return this.#sumOf(others)
  }

  /**
   * The totals of all processes, or of some.
   *
   * @param spanMs the span of the readings
   * @param process only those of this name
   */
  async of(spanMs: number, process?: string): Promise<UsageSource> {
    const others = this.#othersOf(process)
    await this.#asksFor(spanMs > hourMs ? 'quarter' : 'minute', others, process)
    return this.#sumOf(others, process)
  }

  #sumOf({ totals, isFailing }: Others, process?: string): UsageSource {
    const own = this.#own
    const isOwn = isProcess(own.instance, process)
    const read = (query: TotalsQuery): TotalsReading => {
      const ofOthers = isFailing ? [] : totals.readings(query)
      return isOwn || ofOthers.length === 0
        ? mergedTotals(query, [own.read(query), ...ofOthers])
        : mergedTotals(query, ofOthers)
    }
    const hasOthers = !isFailing && !totals.isEmpty
    return { read, safe: (name) => own.safe(name), instance: hasOthers ? (process ?? own.instance) : own.instance }
  }

  #othersOf(process: string | undefined): Others {
    const known = this.#others.get(process)
    if (known !== undefined) return known
    // The oldest question that was not about all processes.
    const oldest = [...this.#others.keys()].find((one) => one !== undefined)
    if (this.#others.size >= maxKept && oldest !== undefined) this.#others.delete(oldest)
    const others: Others = { totals: new OtherTotals(), asked: new Map(), isFailing: true }
    this.#others.set(process, others)
    return others
  }

  /** Never rejects: then this process answers alone, and the health of the store says why. */
  async #asksFor(kind: StretchKind, others: Others, process?: string): Promise<void> {
    if (this.#store.totals === undefined) return
    try {
      await this.#ask(() => this.#fetched(kind, others, process))
      others.isFailing = false
    } catch {
      others.isFailing = true
    }
  }

  /** What is new, fetched once for all who ask at the same time, and for a while. */
  #fetched(kind: StretchKind, others: Others, process: string | undefined): Promise<void> {
    const last = others.asked.get(kind)
    if (last !== undefined && performance.now() < last.until) return last.answer
    const asked: Asked = { answer: this.#fetch(kind, others.totals, process), until: Number.POSITIVE_INFINITY }
    others.asked.set(kind, asked)
    const endIn = (ms: number) => (): void => {
      asked.until = performance.now() + ms
    }
    asked.answer.then(endIn(keptForMs), endIn(0))
    return asked.answer
  }

  async #fetch(kind: StretchKind, others: OtherTotals, process: string | undefined): Promise<void> {
    const isWanted = (head: StretchHead): boolean =>
      head.run !== this.#own.run && isProcess(head.instance, process) && !others.has(head)
    const found = this.#store.totals?.since(kind, askedMs[kind], isWanted) ?? []
    for await (const stretch of found) others.add(stretch)
  }
}
