import type { StoredRecord } from '../record.js'
import type { RecordStore } from '../record-store.js'
import { type Later, unpacked } from './operations.js'

const perTurn = 100

/**
 * Answers readers while Redis is away, from what waits to be written. It is made when the first of them asks, in several turns of the
 * event loop, since parsing thousands of records takes long.
 */
export class WaitingRecords {
  readonly #store: RecordStore
  readonly #filled: Promise<void>

  /** @param operations what waits now. What comes later is told by `put` and `update`. */
  constructor(store: RecordStore, operations: readonly Buffer[]) {
    this.#store = store
    this.#filled = fill(store, [...operations])
  }

  put(record: StoredRecord): void {
    void this.#store.put(record)
  }

  update(id: string, later: Later): void {
    void this.#filled.then(() => this.#store.update(id, later))
  }

  /** The store, when it has everything. */
  async read(): Promise<RecordStore> {
    await this.#filled
    return this.#store
  }
}

async function fill(store: RecordStore, operations: readonly Buffer[]): Promise<void> {
  for (let at = 0; at < operations.length; at++) {
    if (at % perTurn === 0) await new Promise((resolve) => setImmediate(resolve))
    const operation = unpacked(operations[at] as Buffer)
    if ('record' in operation) void store.put(operation.record)
    else void store.update(operation.id, operation.later)
  }
}
