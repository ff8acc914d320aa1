import { type Channel, channel } from 'node:diagnostics_channel'
import type { WorkContext } from '../context/request-context.js'
import { contextEntered, contextLeft, currentContext, storage } from '../context/storage.js'
import { harmless } from '../process/channels.js'
import { meet } from '../process/met.js'
import { reportFault } from './registry.js'

/** The events of a tracing channel of Node (https://nodejs.org/api/diagnostics_channel.html#class-tracingchannel). */
type EventName = 'start' | 'end' | 'asyncStart' | 'asyncEnd' | 'error'

/** A message that was published before its channel had listeners here. */
export interface FirstMessage {
  /** The name of its channel. */
  readonly name: string
  readonly message: unknown
}

/** Subscribes to the channels of database clients. `stop` ends all subscriptions. */
export class Tracing {
  readonly #stops: (() => void)[] = []
  readonly #first: FirstMessage | undefined

  /** @param first the listeners of its channel get it at once */
  constructor(first?: FirstMessage) {
    this.#first = first
  }

  /** Calls `listener` for one event of a tracing channel. An error of the listener is reported, not thrown. */
  on<Message extends object>(name: string, event: EventName, listener: (message: Message) => void): void {
    this.#subscribe(channel(`tracing:${name}:${event}`), event === 'start' ? meeting(name, listener) : listener)
  }

  /** Calls `listener` for each message of a plain channel. */
  onPlain<Message extends object>(name: string, listener: (message: Message) => void): void {
    this.#subscribe(channel(name), listener)
  }

  /**
   * Runs the callbacks of a client in the context of the code that asked. Without this, they run in the context of the code that
   * opened the connection.
   *
   * @param contextOf the context of a message; null for a message that is not followed
   */
  bind<Message extends object>(name: string, contextOf: (message: Message) => WorkContext | undefined | null): void {
    const bound = channel(`tracing:${name}:asyncStart`)
    bound.bindStore(storage, (message) => {
      const context = contextOf(message as Message)
      // A query that began before the subscription stays in its context.
      return context === null ? currentContext() : context
    })
    this.#stops.push(() => bound.unbindStore(storage))
    this.#subscribe(bound, contextEntered)
    this.#subscribe(channel(`tracing:${name}:asyncEnd`), contextLeft)
  }

  stop(): void {
    for (const stop of this.#stops) stop()
  }

  #subscribe<Message extends object>(to: Channel, listener: (message: Message) => void): void {
    const safe = harmless((message: unknown) => listener(message as Message), reportFault)
    to.subscribe(safe)
    // Node gives a message to those who listened when it was published.
    if (to.name === this.#first?.name) safe(this.#first.message)
    this.#stops.push(() => to.unsubscribe(safe))
  }
}

const packages: Readonly<Record<string, string>> = { mysql2: 'mysql2', 'node-redis': 'redis', mongoose: 'mongoose' }

/** Notes at the first message that the driver is in use. */
function meeting<Message>(name: string, listener: (message: Message) => void): (message: Message) => void {
  let isMet = false
  return (message) => {
    if (!isMet) {
      isMet = true
      const [driver = ''] = name.split(':', 1)
      meet(packages[driver] ?? driver)
    }
    listener(message)
  }
}
