import type { ErrorRequestHandler, NextFunction, Request, RequestHandler } from 'express'
import type { Identity } from '../../context/identity.js'
import { callback, checkOptions, object, optional } from '../../options.js'
import type { Spoor } from '../../spoor.js'
import { type Adapter, adapterOf, type FollowedRequest } from '../adapter/adapter.js'
import { checkAdapter } from '../check-adapter.js'
import { followRoute, routeOf } from './express-route.js'
import { express5Needed, isExpress4, onlyInExpress5 } from './express-version.js'

/** Says for whom an Express request works; undefined means anonymous. */
export type ExpressResolver = (request: Request) => Identity | undefined | Promise<Identity | undefined>

/** Options of `spoorExpress`. */
export interface ExpressOptions {
  /** Asked for every request, right after it has its id. Default: everybody is anonymous. */
  account?: ExpressResolver | undefined
}

/** Spoor's middleware for Express 5: the whole of it in one mount, and its parts for those who must split them. */
export interface SpoorExpress extends RequestHandler {
  /** The first part: id, context, request line. */
  readonly requestId: RequestHandler
  /** The second part: asks `account` for whom the request works. */
  readonly accountContext: RequestHandler
  /** A middleware that says later for whom the request works, behind late authentication. */
  identify(resolver: ExpressResolver): RequestHandler
  /**
   * The inspector: `app.use('/_spoor', s.inspector)`, before or after `s`. It asks `account` itself who is there. Without
   * the option `inspector` of `createSpoor` it answers nothing.
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
 * @throws OptionsError for options it cannot take; what it gives, where it is mounted in Express 4
 */
export function spoorExpress(spoor: Spoor, given: ExpressOptions = {}): SpoorExpress {
  const options = checkAdapter('spoorExpress', spoor, given, { account: optional(callback) })
  const adapter = adapterOf('spoorExpress', spoor)
  const requestId = requestIdPart(adapter)
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

function requestIdPart(adapter: Adapter): RequestHandler {
  return onlyInExpress5((request, response, next) => {
    const followed = adapter.begin(request, response)
    if (isExpress4(request.app)) adapter.warnOnce('express 4', `spoorExpress: ${express5Needed('4')}`)
    if (!adapter.markMounted(followed)) {
      adapter.warnOnce(
        'mounted twice',
        'spoorExpress is mounted twice on one path; leave one app.use(s), the outermost',
      )
    }
    rememberRoute(followed, request)
    adapter.run(request, next)
  })
}

function identifyPart(adapter: Adapter, resolver: ExpressResolver): RequestHandler {
  checkOptions('s.identify', { resolver }, object({ resolver: callback }))
  return onlyInExpress5((request, response, next) => {
    const followed = adapter.begin(request, response)
    adapter.resume(followed, () => identified(() => adapter.identify(followed, () => resolver(request)), next))
  })
}

// `next` stands outside the try: what a handler behind it throws is Express's to catch.
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

// Express takes nothing, 'route' and 'router' for orders to go on: a resolver that failed so would let its request in.
function failureFor(error: unknown): unknown {
  if (error && error !== 'route' && error !== 'router') return error
  return new Error(`the account resolver threw ${JSON.stringify(error) ?? 'undefined'}`, { cause: error })
}

function inspectorPart(adapter: Adapter, account: ExpressResolver): RequestHandler {
  return onlyInExpress5((request, response, next) => {
    const followed = adapter.begin(request, response)
    const answered = adapter.inspect(followed, response, request.url, () => account(request))
    if (answered === undefined) next()
  })
}

function errorsPart(adapter: Adapter): [RequestHandler, ErrorRequestHandler] {
  const unknownRoute: RequestHandler = (request, response) => {
    const followed = adapter.begin(request, response)
    // Answered already, and passed on all the same: nothing is unknown.
    if (response.writableEnded) return
    const behind = routeBehind(request, unknownRoute)
    if (behind !== undefined) {
      adapter.warnOnce(
        'errors first',
        `s.errors is mounted before ${behind}, which is never reached; mount app.use(s.errors) last`,
      )
    }
    adapter.resume(followed, () => adapter.send(response, adapter.notFound(followed)))
  }
  const failed: ErrorRequestHandler = (error, request, response, _next) => {
    const followed = adapter.begin(request, response)
    adapter.resume(followed, () => adapter.send(response, adapter.fail(followed, error)))
  }
  return [onlyInExpress5(unknownRoute), onlyInExpress5(failed)]
}

/** Names what of the application stands behind `handler` and is never reached, if anything does. */
function routeBehind(request: Request, handler: RequestHandler): string | undefined {
  // In Express 4 `app.router` throws.
  if (isExpress4(request.app)) return undefined
  const stack = (request.app as { router?: { stack?: Layer[] } } | undefined)?.router?.stack ?? []
  const at = stack.findIndex((layer) => layer.handle === handler)
  // Mounted below a path it ends only what is asked below that.
  if (stack[at]?.slash !== true) return undefined
  const behind = stack.slice(at + 1).find((layer) => layer.handle?.length !== 4)
  if (behind === undefined) return undefined
  return behind.route
    ? `the route ${String(behind.route.path)}`
    : `a ${behind.name === 'router' ? 'router' : 'middleware'}`
}

/** What Express's router keeps of each `use` and route. */
interface Layer {
  handle?: { length: number }
  name?: string
  route?: { path?: unknown }
  /** Mounted at `/`. */
  slash?: boolean
}

// The handlers of all instances that stand first: where they are mounted tells what stands above them.
const firstParts = new WeakSet<object>()

function rememberRoute(followed: FollowedRequest, request: Request): void {
  if (followed.route !== undefined) return
  followed.route = () => routeOf(request)
  followRoute(request, (handler) => typeof handler === 'function' && firstParts.has(handler))
}
