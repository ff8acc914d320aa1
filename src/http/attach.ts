import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { patch } from '../process/patch.js'
import { atRequestStart } from '../process/request-starts.js'
import { exchangeOf } from './exchange-of.js'

/** Called for what happens on a server. */
export interface Watcher {
  /** A request began. Idempotent. */
  begin(request: IncomingMessage, response: ServerResponse): void
  /** A request leaves HTTP. Idempotent. */
  beginUpgrade(request: IncomingMessage, socket: Duplex): void
  /** Runs the service's listeners of a request in its context. */
  run<T>(request: IncomingMessage, fn: () => T): T
  /** The parser refused bytes. @param own runs the service's own listeners, if it has any */
  clientError(error: Error, socket: Socket, own: (() => boolean) | undefined): boolean
}

// On the server itself: two copies of the package must not both wrap it. Version 0.1 uses the same key and shape.
const key = Symbol.for('spoor.claim.1')
interface Claim {
  /** The first one serves. When it leaves, the next one follows. */
  readonly watchers: Watcher[]
  readonly undo: () => void
}

/**
 * Attaches `watcher` to a server: requests begin before any code of the service sees them, and the server's listeners run
 * in the context of the request. Other servers of the process stay unchanged.
 *
 * @returns a function that detaches it; the last one leaves the server as it was
 */
export function attach(server: Server, watcher: Watcher): () => void {
  const claimed = server as Server & { [key]?: Claim }
  claimed[key] ??= wrap(server)
  const { watchers, undo } = claimed[key]
  watchers.push(watcher)
  return () => {
    const at = watchers.indexOf(watcher)
    if (at >= 0) watchers.splice(at, 1)
    if (watchers.length > 0 || claimed[key]?.watchers !== watchers) return
    delete claimed[key]
    undo()
  }
}

/** @throws TypeError for a value that is not a server of node:http, https or http2 */
export function checkServer(server: Server): void {
  const has = (name: 'emit' | 'listen' | 'close'): boolean => typeof server?.[name] === 'function'
  if (has('emit') && has('listen') && has('close')) return
  const got = typeof server === 'function' ? 'a function (an app?)' : typeof server
  throw new TypeError(
    `attach: expected a server of node:http, https or http2, got ${got}; pass what createServer(app) returns`,
  )
}

type Emit = (event: string, ...args: unknown[]) => boolean

function wrap(server: Server): Claim {
  const watchers: Watcher[] = []
  // The channel comes first: it sees what Node answers itself too (417, 503, a missing Host).
  const unsubscribe = atRequestStart(server, (request, response) => watchers[0]?.begin(request, response))
  const unpatch = patch<Emit>(server, 'emit', (emit) => {
    return function (this: Server, event, ...args) {
      const own = (): boolean => Reflect.apply(emit, this, [event, ...args])
      const watcher = watchers[0]
      return watcher === undefined ? own() : dispatch(watcher, server, event, args, own)
    }
  })
  return {
    watchers,
    undo: () => {
      unsubscribe()
      unpatch()
    },
  }
}

function dispatch(watcher: Watcher, server: Server, event: string, args: unknown[], own: () => boolean): boolean {
  switch (event) {
    case 'request':
    case 'checkContinue':
    case 'checkExpectation': {
      const [request, response] = args as [IncomingMessage, ServerResponse]
      watcher.begin(request, response)
      return watcher.run(request, own)
    }
    case 'upgrade':
    case 'connect': {
      const [request, other] = args as [IncomingMessage, Duplex | ServerResponse]
      // The compatibility API of HTTP/2 gives CONNECT a response.
      if ('writeHead' in other) watcher.begin(request, other)
      else watcher.beginUpgrade(request, other)
      return watcher.run(request, own)
    }
    case 'dropRequest': {
      const [request] = args as [IncomingMessage]
      return exchangeOf(request) === undefined ? own() : watcher.run(request, own)
    }
    case 'clientError': {
      const [error, socket] = args as [Error, Socket]
      return watcher.clientError(error, socket, server.listenerCount('clientError') > 0 ? own : undefined)
    }
    default:
      return own()
  }
}
