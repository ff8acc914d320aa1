import type { ClientRequest } from 'node:http'
import { runDetached } from '../context/storage.js'
import { patch } from '../process/patch.js'

const connectedPort: unique symbol = Symbol('spoor.port')

type NotedRequest = ClientRequest & { [connectedPort]?: string }
type AddRequest = (this: unknown, request: NotedRequest, options: unknown, ...rest: unknown[]) => unknown

/**
 * Notes the port of each request that an agent of `node:http` or `node:https` takes. No property of a request contains
 * the port, and the `Host` header contains it only if Node itself wrote the header. Node passes the request to the
 * agent before the channel `http.client.request.created` reports the request (Node 20 to 26), so the port is known by
 * then.
 *
 * @returns a function that stops it
 */
export function notePorts(): () => void {
  const { prototype } = process.getBuiltinModule('node:http').Agent
  return patch<AddRequest>(prototype, 'addRequest', (below) => {
    return function (request, options, ...rest) {
      note(request, options)
      return Reflect.apply(below, this, [request, options, ...rest])
    }
  })
}

/** `notePorts` that waits. */
export interface LatePorts {
  /** Notes the ports from now on. */
  now(): void
  stop(): void
}

/**
 * `notePorts` once the start is over, or at the first call: to load `node:http` takes a tenth of the start, and a process that never
 * uses it has nothing to note. Of an earlier call, Spoor knows the port only from the `Host` header.
 */
export function notePortsSoon(): LatePorts {
  let unnote: (() => void) | undefined
  const now = (): void => {
    unnote ??= notePorts()
  }
  const soon = runDetached(() => setImmediate(now)).unref()
  return {
    now,
    stop: () => {
      clearImmediate(soon)
      unnote?.()
      unnote = undefined
    },
  }
}

/** The port that a request connects to; undefined for a request that no agent of Node took. */
export function portOf(request: ClientRequest): string | undefined {
  return (request as NotedRequest)[connectedPort]
}

/** An agent that connects to another host (a proxy) passes on the port of that host. */
function note(request: NotedRequest, options: unknown): void {
  try {
    const { host, port } = options as { host?: unknown; port?: unknown }
    if (host === request.host && /^\d+$/.test(String(port))) request[connectedPort] = String(port)
  } catch {}
}
