// A store of totals in memory, and processes on clocks that tests move.
import { defineLogs } from '../../src/logging/define-logs.js'
import { memoryStore } from '../../src/records/memory-store.js'
import type { RecordStore } from '../../src/records/record-store.js'
import type { SharedStretch, StretchHead, TotalsStore } from '../../src/records/shared-store.js'
import type { StretchKind } from '../../src/records/totals/stretches.js'
import { Totals } from '../../src/records/totals/totals.js'
import { TotalsShare } from '../../src/records/totals/totals-share.js'
import type { TotalsEntry } from '../../src/records/totals/totals-types.js'

/** Keeps what is put, as the stores of Spoor do. */
export class MemoryTotals implements TotalsStore {
  readonly kept = new Map<string, SharedStretch & { readonly began: number }>()
  /** The clock of the store. */
  now = Date.now()
  failure: Error | undefined
  asked = 0
  given = 0

  put(stretch: SharedStretch): void {
    if (this.failure !== undefined) throw this.failure
    const { run, kind, start, agoMs } = stretch
    this.kept.set(`${run} ${kind} ${start}`, { ...stretch, began: this.now - agoMs })
  }

  async *since(kind: StretchKind, agoMs: number, isWanted: (head: StretchHead) => boolean) {
    this.asked++
    if (this.failure !== undefined) throw this.failure
    for (const { began, ...stretch } of [...this.kept.values()].reverse()) {
      const head = { ...stretch, agoMs: this.now - began }
      if (stretch.kind !== kind || head.agoMs > agoMs || !isWanted(head)) continue
      this.given++
      yield head
    }
  }

  get store(): RecordStore {
    const store = memoryStore({ maxBytes: 32_768, keepForMs: 1_000 }, () => 0)
    Object.defineProperty(store, 'totals', { value: this })
    return store
  }
}

const logs = defineLogs({ files: false, console: false, loggers: {} })

/** A process that counts, and tells a store. */
export class CountingProcess {
  readonly totals: Totals
  readonly instance: string
  readonly run: string
  readonly clock: { now: number; wall: number }
  readonly #share: TotalsShare

  constructor(store: MemoryTotals, own: { instance?: string; run?: string; wall?: number; isExact?: boolean } = {}) {
    this.instance = own.instance ?? 'web-1:1'
    this.run = own.run ?? this.instance
    this.clock = { now: 0, wall: own.wall ?? Date.now() }
    const clocks = { now: () => this.clock.now, wall: () => this.clock.wall }
    const books = () => ({ threadCpuMs: this.clock.now / 10, unattributed: 0, watching: 0 })
    this.totals = new Totals({ clocks, isShared: true, ...(own.isExact ? { books } : {}) })
    const writer = { service: 'publisher', version: undefined, pid: 1, instance: this.instance }
    const to = { store, run: this.run, onFailure: (error: unknown) => this.failures.push(error) }
    this.#share = new TotalsShare(this.totals, logs.get('requests'), writer, to)
  }

  readonly failures: unknown[] = []

  add(own: Partial<TotalsEntry> = {}): void {
    const all = { account: 'acme', method: 'GET', route: '/posts', durationMs: 10, bytes: 100 }
    this.totals.add({ kind: 'request', failed: false, ...all, ...own })
  }

  pass(ms: number): void {
    this.clock.now += ms
    this.clock.wall += ms
  }

  tell(): Promise<void> {
    return this.#share.tell()
  }

  end(): Promise<void> {
    return this.#share.close()
  }
}
