import { isPromise } from '../process/promises.js'
import { reasonOf } from '../safe-values/safe-error.js'
import type { SafeValue } from '../safe-values/safe-value.js'
import type { HeldUp } from '../work/held-up.js'
import type { Work } from '../work/work.js'
import type { Edit } from './edited.js'
import type { RequestRecord } from './record.js'
import type { RecordedLate } from './record-parts.js'
import type { RecordStore } from './record-store.js'
import { lateError, storedRecord } from './stored-record.js'

/** Gives records to the store. No request waits for the store; its failures are counted, and the first is logged. */
export class RecordWriter {
  readonly store: RecordStore
  readonly #safe: (value: unknown) => SafeValue | undefined
  readonly #edit: Edit | undefined
  readonly #warnOnce: (about: string, message: string) => void
  #failed = 0
  #lastFailedId: string | undefined

  /**
   * @param safe makes a value safe, as in lines
   * @param edit applies `beforeLine`
   */
  constructor(
    store: RecordStore,
    safe: (value: unknown) => SafeValue | undefined,
    warnOnce: (about: string, message: string) => void,
    edit?: Edit,
  ) {
    this.#edit = edit
    this.store = store
    this.#safe = safe
    this.#warnOnce = warnOnce
  }

  /** How often the store failed. */
  get failed(): number {
    return this.#failed
  }

  /** The request whose record the store refused last. */
  get lastFailedId(): string | undefined {
    return this.#lastFailedId
  }

  keep(record: RequestRecord, work: Work, startTick: number, heldUp?: HeldUp): void {
    this.#guarded(() => {
      const kept = storedRecord(record, work, startTick, this.#safe, this.#edit, heldUp)
      return kept && this.store.put(kept)
    }, record.requestId)
  }

  update(id: string, later: { readonly late: RecordedLate }): void {
    this.#guarded(() => this.store.update(id, later))
  }

  /** Adds an error that was thrown after the record was made. */
  updateError(id: string, status: number, thrown: unknown): void {
    this.#guarded(() => {
      const error = lateError(this.#safe(thrown), status)
      return error === undefined ? undefined : this.store.update(id, { error })
    })
  }

  /** Counts a failure to share with other processes what is open, what was counted, or what has ended. */
  readonly failedToShare = (error: unknown): void => {
    this.#failed++
    const message = 'records: the store failed, so other processes do not see all that this one does'
    this.#warnOnce('shared records', `${message}: ${reasonOf(error)}`)
  }

  #guarded(act: () => unknown, requestId?: string): void {
    const fail = (error: unknown): void => {
      this.#failed++
      if (requestId !== undefined) this.#lastFailedId = requestId
      const why = reasonOf(error)
      this.#warnOnce('records', `records: the store failed, so a record is not kept (its line is written): ${why}`)
    }
    try {
      const later = act()
      // Only a promise can still fail.
      if (isPromise(later)) later.then(undefined, fail)
    } catch (error) {
      fail(error)
    }
  }
}
