import type { ErrorRequestHandler, NextFunction, Request, RequestHandler } from 'express'
import type { Identity } from '../../context/identity.js'
import { exchangeOf } from '../../http/exchange-of.js'
import type { Adapter, OpenRequest } from '../../lifecycle/adapter.js'
import { callback, checkOptions, object, optional } from '../../options.js'
import type { Spoor } from '../../spoor.js'
import { checkAdapter, noInspector } from '../check-adapter.js'
import { routeBefore, routeBehind } from './express-order.js'
import { followRoute, routeOf } from './express-route.js'
import { express5Needed, isExpress4, onlyInExpress5 } from './express-version.js'

/** Returns the identity of an Express request; undefined and null mean anonymous. */
export type ExpressResolver = (request: Request) => Identity | undefined | null | Promise<Identity | undefined | null>

/** Options of `spoorExpress`. */
export interface ExpressOptions {
  /** Returns the identity of each request. Called right after the request has its id. `undefined` and `null` mean anonymous, as by default. */
  account?: ExpressResolver | undefined
}

/** Spoor's middleware for Express 5. Mount it as one, or mount its parts separately. */
export interface SpoorExpress extends RequestHandler {
  /** The first part: id, context, request line. */
  readonly requestId: RequestHandler
  /** The second part: sets the identity that `account` returns. */
  readonly accountContext: RequestHandler
  /** A middleware that sets the identity later, behind your own authentication. */
  identify(resolver: ExpressResolver): RequestHandler
  /**
   * The inspector: `app.use('/_spoor', s.inspector)`, before or after `s`. It calls `account` itself. Without the option
   * `inspector` of `createSpoor` it passes every request on.
   */
  readonly inspector: RequestHandler
  /** Mount it last: `app.use(s.errors)` answers unknown routes and every failure in one shape. */
  readonly errors: [RequestHandler, ErrorRequestHandler]
}

/**
 * Spoor for Express 5.
 *
 * @example
 * const s = spoorExpress(spoor, { account: (req) => accountOf(req.headers.authorization) })
 * app.use(s)
 * app.get('/posts', listPosts)
 * app.use(s.errors)
 *
 * @throws OptionsError for invalid options, and when the middleware is mounted in Express 4
 */
export function spoorExpress(spoor: Spoor, given: ExpressOptions = {}): SpoorExpress {
  const { adapter, options } = checkAdapter('spoorExpress', spoor, given, { account: optional(callback) })
  const requestId = requestIdPart(adapter, options.account !== undefined)
  const account = options.account ?? (() => undefined)
  const accountContext = identifyPart(adapter, account)
  const whole: RequestHandler = (request, response, next) => {
    requestId(request, response, () => accountContext(request, response, next))
  }
  firstParts.add(whole).add(requestId)
  return Object.assign(onlyInExpress5(whole), {
    requestId,
    accountContext,
    identify: (resolver: ExpressResolver) => identifyPart(adapter, resolver),
    inspector: inspectorPart(adapter, account),
    errors: errorsPart(adapter),
  })
}

function requestIdPart(adapter: Adapter, hasAccount: boolean): RequestHandler {
  let isOrderKnown = false
  return onlyInExpress5((request, response, next) => {
    const isAttached = exchangeOf(request) !== undefined
    const open = adapter.begin(request, response)
    if (isExpress4(request.app)) adapter.warnOnce('express 4', `spoorExpress: ${express5Needed('4')}`)
    if (!adapter.markMounted(open)) {
      adapter.warnOnce(
        'mounted twice',
        'spoorExpress is mounted twice on one path; leave one app.use(s), the outermost',
      )
    }
    if (!isOrderKnown) {
      isOrderKnown = true
      warnOfOrder(adapter, request, isAttached, hasAccount)
    }
    rememberRoute(open, request)
    adapter.run(open, next)
  })
}

function warnOfOrder(adapter: Adapter, request: Request, isAttached: boolean, hasAccount: boolean): void {
  // An attached server gives every request its id.
  if (isAttached && !hasAccount) return
  const before = routeBefore(request, isFirstPart)
  if (before === undefined) return
  const lacking = isAttached ? 'no account' : 'no id and no account'
  adapter.warnOnce(
    'routes first',
    `s is mounted behind ${before}, whose requests have ${lacking}; mount app.use(s) first`,
  )
}

function identifyPart(adapter: Adapter, resolver: ExpressResolver): RequestHandler {
  checkOptions('s.identify', { resolver }, object({ resolver: callback }))
  return onlyInExpress5((request, response, next) => {
    const open = adapter.begin(request, response)
    adapter.resume(open, () => identified(() => adapter.identify(open, () => resolver(request)), next))
  })
}

// `next` is called outside the try: Express catches the errors of the handlers behind it.
function identified(identify: () => undefined | Promise<void>, next: NextFunction): void {
  let later: undefined | Promise<void>
  try {
    later = identify()
  } catch (error) {
    next(failureFor(error))
    return
  }
  if (later === undefined) next()
  else
    later.then(
      () => next(),
      (error) => next(failureFor(error)),
    )
}

// Express goes on after next(undefined), next('route') and next('router'). A resolver that throws one of these must still
// stop its request.
function failureFor(error: unknown): unknown {
  if (error && error !== 'route' && error !== 'router') return error
  return new Error(`the account resolver threw ${JSON.stringify(error) ?? 'undefined'}`, { cause: error })
}

function inspectorPart(adapter: Adapter, account: ExpressResolver): RequestHandler {
  const { inspector } = adapter
  return onlyInExpress5((request, response, next) => {
    if (inspector === undefined) {
      adapter.warnOnce('no inspector', noInspector)
      next()
      return
    }
    const open = adapter.begin(request, response)
    void adapter.resume(open, async () => {
      adapter.sendPrivate(response, await inspector.handle(open, request.url, () => account(request)))
    })
  })
}

function errorsPart(adapter: Adapter): [RequestHandler, ErrorRequestHandler] {
  const unknownRoute: RequestHandler = (request, response) => {
    const open = adapter.begin(request, response)
    // A handler answered the request and called next() too: a route matched.
    if (response.writableEnded) return
    const behind = routeBehind(request, unknownRoute)
    if (behind !== undefined) {
      adapter.warnOnce(
        'errors first',
        `s.errors is mounted before ${behind}, which is never reached; mount app.use(s.errors) last`,
      )
    }
    adapter.resume(open, () => adapter.send(response, adapter.notFound(open)))
  }
  const failed: ErrorRequestHandler = (error, request, response, _next) => {
    const open = adapter.begin(request, response)
    adapter.resume(open, () => adapter.send(response, adapter.fail(open, error)))
  }
  return [onlyInExpress5(unknownRoute), onlyInExpress5(failed)]
}

// The first middleware of each instance. Its place in the router shows the mounts above it.
const firstParts = new WeakSet<object>()

function rememberRoute(open: OpenRequest, request: Request): void {
  if (open.route !== undefined) return
  open.route = routeReader(request)
  followRoute(request, isFirstPart)
}

// Not written where it is assigned: V8 puts such a function into the old generation, and with it its request (decision 0125).
function routeReader(request: Request): () => string | undefined {
  return () => routeOf(request)
}

function isFirstPart(handler: unknown): boolean {
  return typeof handler === 'function' && firstParts.has(handler)
}
