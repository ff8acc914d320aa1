import type { IncomingMessage } from 'node:http'
import type { Exchange } from './exchange.js'

// On the request itself and not in a map of this module: two copies of the package must find each other's.
const key = Symbol.for('spoor.exchange.1')

type Begun = IncomingMessage & { [key]?: Exchange }

/** Those of requests that take no member, because they are frozen. */
const frozen = new WeakMap<IncomingMessage, Exchange>()

/** The exchange of a request that has begun. */
export function exchangeOf(request: IncomingMessage): Exchange | undefined {
  return (request as Begun)[key] ?? frozen.get(request)
}

/** Makes `exchangeOf` find the exchange. @throws the engine's TypeError for a frozen request, whose exchange is found too */
export function keepExchange(request: IncomingMessage, exchange: Exchange): void {
  try {
    ;(request as Begun)[key] = exchange
  } catch (error) {
    frozen.set(request, exchange)
    throw error
  }
}
