import type { ErrorRequestHandler, Request, RequestHandler } from 'express'
import type { Identity } from '../../context/identity.js'
import type { Spoor } from '../../spoor.js'
import { expressParts } from './express-parts.js'
import { express5 } from './express-version.js'

/** Returns the identity of an Express request; undefined and null mean anonymous. */
export type ExpressResolver = (request: Request) => Identity | undefined | null | Promise<Identity | undefined | null>

/** Options of `spoorExpress` and `spoorExpress4`. */
export interface ExpressOptions {
  /** Returns the identity of each request. Called right after the request has its id. `undefined` and `null` mean anonymous, as by default. */
  account?: ExpressResolver | undefined
}

/** Spoor's middleware for Express. Mount it as one, or mount its parts separately. */
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
 * @throws OptionsError for invalid options, when the middleware is mounted in Express 4, and when `s.errors` is mounted in NestJS
 */
export function spoorExpress(spoor: Spoor, given: ExpressOptions = {}): SpoorExpress {
  return expressParts(express5, spoor, given)
}
