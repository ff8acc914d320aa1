import type { ErrorRequestHandler, NextFunction, Request, RequestHandler } from 'express'
import type { Identity } from '../context/identity.js'
import type { Exchange } from '../http/exchange.js'
import { sendAnswer } from '../http/send-answer.js'
import { callback, checkOptions, object, optional } from '../options.js'
import type { Spoor } from '../spoor.js'

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
 */
export function spoorExpress(spoor: Spoor, options: ExpressOptions = {}): SpoorExpress {
  checkOptions('spoorExpress', options, object({ account: optional(callback) }))
  const { lifecycle } = spoor

  const requestId: RequestHandler = (request, response, next) => {
    const exchange = lifecycle.begin(request, response)
    rememberRoute(exchange, request)
    lifecycle.run(exchange, next)
  }
  const identify = (resolver: ExpressResolver): RequestHandler => {
    return (request, response, next) => {
      const exchange = lifecycle.begin(request, response)
      const said = attempt(() => lifecycle.identify(exchange, () => resolver(request)), next)
      if (said === undefined) return
      if (said.later === undefined) next()
      else said.later.then(() => next(), next)
    }
  }
  const accountContext = identify(options.account ?? (() => undefined))
  const answerNotFound: RequestHandler = (request, response) => {
    sendAnswer(response, lifecycle.notFound(lifecycle.begin(request, response)))
  }
  const answerError: ErrorRequestHandler = (error, request, response, _next) => {
    const exchange = lifecycle.begin(request, response)
    lifecycle.run(exchange, () => sendAnswer(response, lifecycle.fail(exchange, error)))
  }
  const whole: RequestHandler = (request, response, next) => {
    requestId(request, response, (error?: unknown) => (error ? next(error) : accountContext(request, response, next)))
  }
  return Object.assign(whole, {
    requestId,
    accountContext,
    identify,
    errors: [answerNotFound, answerError] as [RequestHandler, ErrorRequestHandler],
  })
}

/** Runs what may throw; a failure goes to Express. */
function attempt<T>(fn: () => T, next: NextFunction): { later: T } | undefined {
  try {
    return { later: fn() }
  } catch (error) {
    next(error)
    return undefined
  }
}

// Express sets `req.route` when a route matches; at that moment `req.baseUrl` is where its router is mounted. Later it
// may not be any more: an error leaves the router before it reaches the error handler.
function rememberRoute(exchange: Exchange, request: Request): void {
  if (exchange.route !== undefined) return
  let route: unknown
  let pattern: string | undefined
  exchange.route = () => pattern
  Object.defineProperty(request, 'route', {
    configurable: true,
    enumerable: true,
    get: () => route,
    set(matched: { path?: unknown } | undefined) {
      route = matched
      if (matched?.path !== undefined) pattern = `${foldIds(request.baseUrl)}${String(matched.path)}`
    },
  })
}

// Where a router is mounted is known only as it was called (`/accounts/7`), not as its pattern.
const idLike = /^(?:\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,})$/i

function foldIds(path: string): string {
  return path
    .split('/')
    .map((part) => (idLike.test(part) ? ':id' : part))
    .join('/')
}
