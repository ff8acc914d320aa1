import type { RecordStore } from '../../records/record-store.js'

/** How much a store is to keep, and for how long. */
export interface StoreSize {
  readonly maxBytes?: number
  readonly keepForMs?: number
}

/** A store under test, empty. */
export interface TestedStore {
  readonly store: RecordStore
  /** Lets time pass for it: by a clock of its own, or by waiting. */
  pass(ms: number): void | Promise<void>
}

/** One promise of `RecordStore`. */
export interface StoreCase {
  /** The behaviour in a sentence. */
  readonly says: string
  readonly size?: StoreSize
  run(tested: TestedStore): void | Promise<void>
}
