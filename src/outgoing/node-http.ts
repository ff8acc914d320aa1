import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { harmless, listen } from '../process/channels.js'
import { patch } from '../process/patch.js'
import { type CallEnd, codeOf, type OpenCall } from './call.js'
import { notePorts, notePortsSoon, portOf } from './connection-port.js'
import type { CallHeaders } from './propagation.js'
import { targetOf } from './target.js'
import type { Calls } from './watch.js'

interface Message {
  readonly request: OwnRequest
  readonly response?: IncomingMessage
  readonly error?: unknown
}

const followed: unique symbol = Symbol('spoor.call')

// Members that every version of Node has (20 to 26), and Node's types do not.
type OwnRequest = ClientRequest & {
  /** A member of Spoor; null for a call that is not followed. A WeakMap instead would make work for the garbage collector at every call. */
  [followed]?: OpenCall | null
  readonly socketPath?: string
  readonly upgradeOrConnect?: boolean
  readonly res?: IncomingMessage | null
  readonly agent?: { readonly defaultPort?: unknown }
  getRawHeaderNames(): string[]
}

/** Reports the calls of `node:http` and `node:https` to `calls`. @returns a function that ends it */
export function watchNodeHttp(calls: Calls): () => void {
  // Node 20 loads node:http here in any case. Rules apply to the first call, too.
  const ports = hasCreated() && !calls.hasRules ? notePortsSoon() : { now() {}, stop: notePorts() }
  const begin = (request: OwnRequest): void => {
    ports.now()
    if (request[followed] === undefined) beginCall(calls, request)
  }
  const listeners: Record<string, (message: Message) => void> = {
    // Node 20 reports a request only after its headers are made. There, only calls of `request()` and `get()` carry
    // ids.
    'http.client.request.created': ({ request }) => begin(request),
    'http.client.request.start': ({ request }) => begin(request),
    'http.client.response.finish': ({ request, response }) => request[followed]?.answered(response?.statusCode ?? 0),
    'http.client.request.error': ({ request, error }) => request[followed]?.finish({ errorCode: codeOf(error) }),
  }
  const stop = listen(listeners, calls.onFault)
  // A mock may return something other than a request.
  const unwrap = hasCreated() ? undefined : wrapRequests(harmless(begin, calls.onFault))
  return () => {
    stop()
    ports.stop()
    unwrap?.()
  }
}

function beginCall(calls: Calls, request: OwnRequest): void {
  // The tunnel through a proxy does not count as a call of the service. The calls through the tunnel do.
  if (request.method === 'CONNECT') return
  const origin = originOf(request)
  const target = targetOf(request.method, origin || claimedOrigin(request), request.path)
  if (target === undefined) return
  // Without a known port, no rule applies, but the call is charged to its request.
  const call = calls.begin(origin ? target : { ...target, origin: '' }, headersOf(request))
  // Node reports a request twice.
  request[followed] = call ?? null
  if (call === undefined) return
  request.once(
    'socket',
    harmless((socket: Socket) => call.over(socket), calls.onFault),
  )
  const end = (): void => {
    // No channel reports a response that leaves HTTP (101).
    if (request.upgradeOrConnect && request.res) call.answered(request.res.statusCode ?? 0)
    call.finish(endOf(request))
  }
  request.once('close', harmless(end, calls.onFault))
}

/** Scheme, name and port that the request connects to; an empty string if the port is unknown. */
function originOf(request: OwnRequest): string {
  if (request.socketPath) return ''
  const port = portOf(request) ?? portInHost(request)
  return port === undefined ? '' : originFrom(request, port)
}

/** The origin that lines show for the call, with the port of its `Host` header. */
function claimedOrigin(request: OwnRequest): string {
  const [, port = ''] = /:(\d+)$/.exec(String(request.getHeader('host') ?? '')) ?? []
  return originFrom(request, port)
}

function originFrom({ protocol, host }: OwnRequest, port: string): string {
  return `${protocol}//${host.includes(':') ? `[${host}]` : host}${port && `:${port}`}`
}

/**
 * The port in the `Host` header, empty for the standard port: for requests without an agent of Node. Undefined if other
 * code than Node may have written the header.
 */
function portInHost(request: OwnRequest): string | undefined {
  const header = request.getHeader('host')
  const [, name = '', port = ''] = /^(.*?)(?::(\d+))?$/.exec(typeof header === 'string' ? header : '') ?? []
  if (name.replace(/^\[(.*)\]$/, '$1').toLowerCase() !== request.host.toLowerCase()) return undefined
  return hasHostOfNode(request) && hasStandardPort(request) ? port : undefined
}

// Node writes `Host` with a capital letter, after the service's headers and before the header of the option `auth`.
function hasHostOfNode(request: OwnRequest): boolean {
  const names = request.getRawHeaderNames()
  return names[names.at(-1)?.toLowerCase() === 'authorization' ? names.length - 2 : names.length - 1] === 'Host'
}

// If an agent has a standard port of its own, its `Host` header does not contain this port.
function hasStandardPort({ protocol, agent }: OwnRequest): boolean {
  const port = agent?.defaultPort
  return port === undefined || Number(port) === (protocol === 'https:' ? 443 : 80)
}

// If the headers were passed as an array, or the request waits for 100 Continue, the head is already made.
function headersOf(request: ClientRequest): CallHeaders {
  return {
    has: (name) => request.hasHeader(name),
    add: (name, value) => {
      if (!request.headersSent) request.setHeader(name, value)
    },
  }
}

function endOf(request: OwnRequest): CallEnd {
  const { res } = request
  if (res == null) return { errorCode: 'ECONNRESET' }
  if (request.upgradeOrConnect) return { upgraded: true }
  if (res.complete) return {}
  return res.errored ? { errorCode: codeOf(res.errored) } : { aborted: true }
}

/** True if Node reports a request while headers can still be added (22.12, 23.2 and later). */
function hasCreated(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major > 23 || (major === 23 && minor >= 2) || (major === 22 && minor >= 12)
}

type Make = (...args: unknown[]) => ClientRequest
type Client = { readonly request: Make; readonly get: Make }

/**
 * Calls `begin` for each request that `request()` and `get()` of http and https make. @returns a function that undoes
 * it
 */
function wrapRequests(begin: (request: ClientRequest) => void): () => void {
  const clients = [process.getBuiltinModule('node:http'), process.getBuiltinModule('node:https')]
  const undos = clients.flatMap((client) => wrapClient(client as unknown as Client, begin))
  const { syncBuiltinESMExports } = process.getBuiltinModule('node:module')
  syncBuiltinESMExports()
  return () => {
    for (const undo of undos) undo()
    syncBuiltinESMExports()
  }
}

function wrapClient(client: Client, begin: (request: ClientRequest) => void): (() => void)[] {
  const { request } = client
  const followedRequest: Make = (...args) => {
    const made = request(...args)
    begin(made)
    return made
  }
  // Node's `get` ends the request before a header can be added, so the original is not called.
  const followedGet: Make = (...args) => {
    const made = followedRequest(...args)
    made.end()
    return made
  }
  return [patch<Make>(client, 'request', () => followedRequest), patch<Make>(client, 'get', () => followedGet)]
}
