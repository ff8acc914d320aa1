import { channel } from 'node:diagnostics_channel'
import { namedWork } from '../context/named-work.js'
import type { WorkContext } from '../context/request-context.js'
import { storage } from '../context/storage.js'
import type { Held } from './held-up.js'

/** A request or job in a message of the channel `spoor.held`. Unknown members are absent. */
export interface HeldWork {
  readonly kind: 'request' | 'job' | 'unattributed'
  /** Its request id. */
  readonly id?: string
  readonly method?: string
  readonly route?: string
  readonly account?: string
}

/**
 * The message of the diagnostics channel `spoor.held`: a request or job was ready while other code ran for 5 ms or more. The
 * message is frozen.
 *
 * @example subscribe('spoor.held', (message) => console.log((message as HeldEvent).by.route))
 */
export interface HeldEvent {
  readonly victim: HeldWork
  /** The owner of that code; `kind: 'unattributed'` for code outside any request and job. */
  readonly by: HeldWork
  /** At most how long it ran while the victim was ready, in ms. */
  readonly ms: number
}

const held = channel('spoor.held')
/** More in one turn of the event loop are left out. */
const maxPending = 1_000

/** Publishes who held work up, while code listens. Listeners run after the callbacks of this turn of the event loop. */
export class HeldEvents {
  #pending: Held[] = []

  add(one: Held): void {
    if (!held.hasSubscribers || this.#pending.length >= maxPending) return
    // The caller is in a hook, where no code of a service must run.
    if (this.#pending.push(one) === 1) storage.run(undefined, () => setImmediate(this.#publish))
  }

  readonly #publish = (): void => {
    const pending = this.#pending
    this.#pending = []
    for (const { victim, by, ms } of pending) held.publish(messageOf(victim, by, ms))
  }
}

function messageOf(victim: WorkContext, by: WorkContext | undefined, ms: number): HeldEvent {
  return Object.freeze({ victim: workOf(victim), by: workOf(by), ms: Math.round(ms * 1e3) / 1e3 })
}

function workOf(context: WorkContext | undefined): HeldWork {
  if (context === undefined || context.kind === 'run') return unattributed
  const { id, route, account } = namedWork(context)
  const { method } = context.work
  return Object.freeze({
    kind: context.kind,
    id,
    ...(method !== undefined && { method }),
    ...(route !== undefined && { route }),
    ...(account !== undefined && { account }),
  })
}

const unattributed: HeldWork = Object.freeze({ kind: 'unattributed' })
