import type { Spoor } from '../../spoor.js'
import { type ExpressOptions, expressParts, type SpoorExpress } from './express-parts.js'
import { express5 } from './express-version.js'

export type { ExpressOptions, ExpressResolver, SpoorExpress } from './express-parts.js'

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
