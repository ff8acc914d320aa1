import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Exchange } from '../http/exchange.js'
import { typeName } from '../safe-values/type-name.js'

/** @throws TypeError for a framework's own request or response. Never for Node's, in whatever state they are */
export function checkNodePair(request: IncomingMessage, response: ServerResponse | Duplex): void {
  if (!isEmitter(request)) throw wrapper("Node's IncomingMessage", request, 'request.raw or ctx.req')
  if (!isEmitter(response)) throw wrapper("Node's ServerResponse", response, 'reply.raw or ctx.res')
}

/**
 * Returns the request that `begin` returned.
 *
 * @throws TypeError for every other value
 */
export function openOf(call: string, open: Exchange): Exchange {
  // Not by its class: another copy of the package may have begun the request.
  if (typeof open?.context === 'object') return open
  throw new TypeError(`adapter.${call}: expected what adapter.begin returns, got ${typeName(open)}`)
}

// Node's requests and responses emit events, and so do their imitations; the objects that frameworks wrap around them do
// not. A service may have changed any member of its request: if a member throws when it is read, the request is taken.
function isEmitter(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  try {
    if (value instanceof EventEmitter || Object.hasOwn(value, '_events')) return true
    return typeof (value as { on?: unknown }).on === 'function'
  } catch {
    return true
  }
}

function wrapper(expected: string, value: unknown, fix: string): TypeError {
  return new TypeError(`adapter.begin: expected ${expected}, got ${typeName(value)}; pass ${fix}`)
}
