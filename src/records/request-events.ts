import { channel } from 'node:diagnostics_channel'
import type { SafeValue } from '../safe-values/safe-value.js'
import type { HeldUp } from '../work/held-up.js'
import type { Work } from '../work/work.js'
import type { Edit } from './edited.js'
import type { RequestRecord, StoredRecord } from './record.js'
import { storedRecord } from './stored-record.js'

/**
 * The message of the diagnostics channel `spoor.request`: the record of a request or job that has just ended. The record is frozen.
 *
 * @example subscribe('spoor.request', (message) => console.log((message as RequestEvent).record.route))
 */
export interface RequestEvent {
  readonly record: StoredRecord
}

const ended = channel('spoor.request')

/** Publishes the record of each finished request or job, measured or not, on the diagnostics channel `spoor.request`. */
export class RequestEvents {
  readonly #safe: (value: unknown) => SafeValue | undefined
  readonly #edit: Edit | undefined

  /**
   * @param safe makes a value safe, as in lines
   * @param edit applies `beforeLine`
   */
  constructor(safe: (value: unknown) => SafeValue | undefined, edit: Edit | undefined) {
    this.#safe = safe
    this.#edit = edit
  }

  /** False while no code listens. Spoor then makes no events. */
  get isHeard(): boolean {
    return ended.hasSubscribers
  }

  /** Makes the event. Undefined if `beforeLine` drops the line of the record. */
  eventOf(record: RequestRecord, work: Work, startTick: number, heldUp?: HeldUp): RequestEvent | undefined {
    const stored = storedRecord(record, work, startTick, this.#safe, this.#edit, heldUp)
    // Listeners share the event. It is a copy, because the record refers to objects that the request still uses.
    return stored && frozen({ record: JSON.parse(JSON.stringify(stored)) as StoredRecord })
  }

  publish(event: RequestEvent): void {
    ended.publish(event)
  }
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) frozen(member)
  return Object.freeze(value)
}
