import type { ErrorRequestHandler, NextFunction, Request, RequestHandler } from 'express'
import { exchangeOf } from '../../http/exchange-of.js'
import type { Adapter, OpenRequest } from '../../lifecycle/adapter.js'
import { callback, checkOptions, object, optional } from '../../options.js'
import type { Spoor } from '../../spoor.js'
import { checkAdapter, noInspector } from '../check-adapter.js'
import type { ExpressOptions, ExpressResolver, SpoorExpress } from './express.js'
import { routeBefore, routeBehind } from './express-order.js'
import { followRoute, routeOf } from './express-route.js'
import { type ExpressVersion, onlyIn, versionOf } from './express-version.js'

/** Makes the middleware for one version of Express. @throws OptionsError for invalid options */
export function expressParts(kind: ExpressVersion, spoor: Spoor, given: ExpressOptions): SpoorExpress {
  const { adapter, options } = checkAdapter(kind.call, spoor, given, { account: optional(callback) })
  const requestId = requestIdPart(kind, adapter, options.account !== undefined)
  const account = options.account ?? (() => undefined)
  const accountContext = identifyPart(kind, adapter, account)
  const whole: RequestHandler = (request, response, next) => {
    requestId(request, response, () => accountContext(request, response, next))
  }
  firstParts.add(whole).add(requestId)
  return Object.assign(onlyIn(kind, whole), {
    requestId,
    accountContext,
    identify: (resolver: ExpressResolver) => identifyPart(kind, adapter, resolver),
    inspector: inspectorPart(kind, adapter, account),
    errors: errorsPart(kind, adapter),
  })
}

function requestIdPart(kind: ExpressVersion, adapter: Adapter, hasAccount: boolean): RequestHandler {
  let isOrderKnown = false
  return onlyIn(kind, (request, response, next) => {
    const isAttached = exchangeOf(request) !== undefined
    const open = adapter.begin(request, response)
    const mistake = kind.mistake(versionOf(request.app))
    if (mistake !== undefined) adapter.warnOnce('version of express', `${kind.call}: ${mistake}`)
    if (!adapter.markMounted(open)) {
      adapter.warnOnce(
        'mounted twice',
        `Spoor is mounted twice on one path, the second time by ${kind.call}; leave one mount, the outermost`,
      )
    }
    if (!isOrderKnown) {
      isOrderKnown = true
      warnOfOrder(adapter, request, isAttached, hasAccount)
    }
    rememberRoute(open, request)
    kind.follow?.(request)
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

function identifyPart(kind: ExpressVersion, adapter: Adapter, resolver: ExpressResolver): RequestHandler {
  checkOptions('s.identify', { resolver }, object({ resolver: callback }))
  return onlyIn(kind, (request, response, next) => {
    const open = adapter.begin(request, response)
    adapter.resume(open, () => identified(() => adapter.identify(open, () => resolver(request)), next))
  })
}

/** Calls `next` when the identity is known, or with the error. Outside the `try`: Express catches the errors of later handlers. */
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

/**
 * The error that a resolver's request fails with. Express goes on after next(undefined), next('route') and next('router'). A
 * resolver that throws one of these must still stop its request.
 */
function failureFor(error: unknown): unknown {
  if (error && error !== 'route' && error !== 'router') return error
  return new Error(`the account resolver threw ${JSON.stringify(error) ?? 'undefined'}`, { cause: error })
}

function inspectorPart(kind: ExpressVersion, adapter: Adapter, account: ExpressResolver): RequestHandler {
  const { inspector } = adapter
  return onlyIn(kind, (request, response, next) => {
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

function errorsPart(kind: ExpressVersion, adapter: Adapter): [RequestHandler, ErrorRequestHandler] {
  const unknownRoute: RequestHandler = (request, response) => {
    const open = adapter.begin(request, response)
    // A handler answered the request and called next() too: a route matched.
    if (response.writableEnded) return
    const behind = routeBehind(request, unknownRoute)
    if (behind !== undefined) {
      adapter.warnOnce(
        'errors first',
        `s.errors is mounted before ${behind}, which is never reached; mount app.use(s.errors) last (in NestJS, use ` +
          'SpoorModule of spoor/nest instead)',
      )
    }
    adapter.resume(open, () => adapter.send(response, adapter.notFound(open)))
  }
  const failed: ErrorRequestHandler = (error, request, response, _next) => {
    const open = adapter.begin(request, response)
    adapter.resume(open, () => adapter.send(response, adapter.fail(open, error)))
  }
  return [onlyIn(kind, unknownRoute, true), onlyIn(kind, failed, true)]
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
