import type { Context, ErrorHandler, MiddlewareHandler, Next, NotFoundHandler } from 'hono'
import type { Identity } from '../../context/identity.js'
import { currentContext } from '../../context/storage.js'
import type { Exchange } from '../../http/exchange.js'
import { exchangeOf } from '../../http/exchange-of.js'
import { endImitated, imitatedMessages, type Messages } from '../../http/imitated-messages.js'
import type { Adapter, OpenRequest } from '../../lifecycle/adapter.js'
import { callback, optional } from '../../options.js'
import type { Spoor } from '../../spoor.js'
import { checkAdapter, noInspector } from '../check-adapter.js'
import { alreadySent, markExposed, privateResponse, responseOf, responseOfError } from './hono-response.js'
import { joined, patternOf, routeBefore, routeOf } from './hono-route.js'

declare module 'hono' {
  interface ContextVariableMap {
    /** The id of the request. */
    requestId: string
  }
}

/** Returns the identity of a request of Hono; undefined and null mean anonymous. */
export type HonoResolver = (c: Context) => Identity | undefined | null | Promise<Identity | undefined | null>

/** Options of `spoorHono`. */
export interface HonoOptions {
  /** Returns the identity of each request. Called right after the request has its id. `undefined` and `null` mean anonymous, as by default. */
  account?: HonoResolver | undefined
}

/** Spoor's middleware for Hono 4: id, context and account. Mount it first. */
export interface SpoorHono extends MiddlewareHandler {
  /** `app.onError(s.errors)` answers every failure in one shape. An `HTTPException` with a response keeps that response. */
  readonly errors: ErrorHandler
  /** `app.notFound(s.notFound)` answers unknown routes in the same shape. */
  readonly notFound: NotFoundHandler
  /**
   * The inspector: `app.use('/_spoor/*', s.inspector)`, before or after `s`. It calls `account` itself. Without the option
   * `inspector` of `createSpoor` it passes every request on.
   */
  readonly inspector: MiddlewareHandler
}

/**
 * Spoor for Hono 4 on Node.
 *
 * @example
 * const s = spoorHono(spoor, { account: (c) => accountOf(c.req.header('authorization')) })
 * app.use(s)
 * app.onError(s.errors)
 * app.notFound(s.notFound)
 *
 * @throws OptionsError for invalid options
 */
export function spoorHono(spoor: Spoor, given: HonoOptions = {}): SpoorHono {
  const { adapter, options } = checkAdapter('spoorHono', spoor, given, { account: optional(callback) })
  const account = options.account ?? (() => undefined)
  const whole: MiddlewareHandler = async (c, next) => {
    const { open, imitated } = begun(adapter, c)
    mounted(adapter, c, open)
    await adapter.run(open, () => passed(adapter, open, c, account, next))
    if (imitated) for (const [name, value] of endImitated(imitated, c.res)) c.header(name, value)
  }
  firstParts.add(whole)
  return Object.assign(whole, {
    errors: errorsPart(adapter),
    notFound: notFoundPart(adapter),
    inspector: inspectorPart(adapter, account),
  })
}

interface Begun {
  readonly open: OpenRequest
  /** Node's messages, if no Node server gave them. The part that began them ends them. */
  readonly imitated?: Messages
}

function begun(adapter: Adapter, c: Context): Begun {
  const { incoming, outgoing } = messagesOf(c)
  if (incoming && outgoing) {
    const isRunning = exchangeOf(incoming) !== undefined
    const open = adapter.begin(incoming, outgoing)
    // @hono/node-server sends the response when the last middleware has returned.
    if (!isRunning) open.answersOutside = true
    return { open }
  }
  // A WebSocket on an attached server, or `app.fetch(request)` without Node's messages: the request is open already.
  const running = currentContext()?.work.routeSource as Exchange | undefined
  if (running !== undefined) return { open: running }
  const imitated = imitatedMessages(c.req.raw)
  // Here the parts behind find them.
  c.env = { ...c.env, ...imitated }
  const open = adapter.begin(imitated.incoming, imitated.outgoing)
  open.answersOutside = true
  return { open, imitated }
}

/** Node's messages, as @hono/node-server passes them. `app.request()` passes no `env`. */
function messagesOf(c: Context): Partial<Messages> {
  return c.env ?? {}
}

function mounted(adapter: Adapter, c: Context, open: OpenRequest): void {
  if (messagesOf(c).outgoing && !adapter.markMounted(open)) {
    adapter.warnOnce('mounted twice', 'spoorHono is mounted twice on one path; leave one app.use(s), the outermost')
  }
  warnOfVersion(adapter, c)
  if (c.req.routeIndex > 0) warnOfOrder(adapter, c)
  // An app that `app.mount` mounts has a context of its own, which knows the pattern below the mount.
  if (c.get('requestId') === undefined) open.route = routeReader(c, open.route)
  c.set('requestId', open.requestId)
}

// Not written where it is assigned: V8 puts such a function into the old generation, and with it its request (decision 0125).
function routeReader(c: Context, outer: OpenRequest['route']): () => string | undefined {
  return () => (outer === undefined ? patternOf(c) : joined(outer(), patternOf(c)))
}

async function passed(adapter: Adapter, open: OpenRequest, c: Context, account: HonoResolver, next: Next) {
  try {
    // Await only a promise: a handler must be able to listen before the first byte of a body.
    const later = adapter.identify(open, () => account(c))
    if (later !== undefined) await later
    await next()
  } catch (error) {
    // Hono gives errors to `onError`, and nothing else that is thrown.
    if (error instanceof Error) throw error
    c.res = failed(adapter, open, c, error)
  }
}

/** @param own the response that the error brings along */
function failed(adapter: Adapter, open: OpenRequest, c: Context, error: unknown, own?: () => Response | undefined) {
  const answer = adapter.fail(open, error)
  const { outgoing } = messagesOf(c)
  if (!outgoing?.headersSent) return own?.() ?? responseOf(c, answer)
  adapter.send(outgoing, answer)
  return alreadySent()
}

function errorsPart(adapter: Adapter): ErrorHandler {
  return (error, c) => {
    warnOfOrder(adapter, c)
    markExposed(error)
    return answered(adapter, c, (open) => failed(adapter, open, c, error, () => responseOfError(c, error)))
  }
}

function notFoundPart(adapter: Adapter): NotFoundHandler {
  return (c) =>
    answered(adapter, c, (open) => {
      // A handler answered through Node's response.
      if (messagesOf(c).outgoing?.headersSent) return alreadySent()
      if (routeOf(c) === undefined) open.route = () => undefined
      return responseOf(c, adapter.notFound(open))
    })
}

/** Makes a response in the context of the request, also where `s` is not mounted before. */
function answered(adapter: Adapter, c: Context, answer: (open: OpenRequest) => Response): Response {
  const { open, imitated } = begun(adapter, c)
  // Not `resume`: Hono itself calls these parts, where no context may be.
  const response = adapter.run(open, () => answer(open))
  if (imitated) for (const [name, value] of endImitated(imitated, response)) response.headers.set(name, value)
  return response
}

function inspectorPart(adapter: Adapter, account: HonoResolver): MiddlewareHandler {
  const { inspector } = adapter
  return async (c, next) => {
    if (inspector === undefined) {
      adapter.warnOnce('no inspector', noInspector)
      return next()
    }
    const { open, imitated } = begun(adapter, c)
    const answer = await adapter.run(open, () => inspector.handle(open, targetOf(c), () => account(c)))
    const response = privateResponse(c, answer)
    if (imitated) endImitated(imitated, response)
    // Without the headers that the service has set.
    c.res = undefined
    c.res = response
  }
}

/** The part of the URL behind the mount, with its query. */
function targetOf(c: Context): string {
  const { pathname, search } = new URL(c.req.url)
  const depth = c.req.routePath.replace(/\/?\*$/, '').split('/').length
  const rest = pathname.split('/').slice(depth)
  return (rest.length === 0 ? '' : `/${rest.join('/')}`) + search
}

// The middleware of each instance. Its place among the routes that match shows what stands before it.
const firstParts = new WeakSet<object>()

function warnOfOrder(adapter: Adapter, c: Context): void {
  const before = routeBefore(c, (handler) => typeof handler === 'function' && firstParts.has(handler))
  if (before === undefined) return
  const lacking = 'whose requests have no account and, on a server that is not attached, no id'
  adapter.warnOnce('routes first', `s is mounted behind the route ${before}, ${lacking}; mount app.use(s) first`)
}

function warnOfVersion(adapter: Adapter, c: Context): void {
  // `cookie` is gone since Hono 4, `matchedRoutes` since Hono 5.
  const version = 'cookie' in c.req ? 'Hono 3' : 'matchedRoutes' in c.req ? undefined : 'a later one'
  if (version === undefined) return
  adapter.warnOnce('hono version', `spoorHono: app: expected Hono 4, got ${version}; npm install hono@4`)
}
