import type { Spoor } from '../../spoor.js'
import type { ExpressOptions, SpoorExpress } from '../express/express.js'
import { expressParts } from '../express/express-parts.js'
import { express4 } from '../express/express-version.js'
import { catchRejections } from './express4-rejections.js'

export type { ExpressOptions, ExpressResolver, SpoorExpress } from '../express/express.js'

/**
 * Spoor for Express 4. The middleware and its parts are those of `spoorExpress`. The promise that a handler behind `s` returns
 * may also reject: Express 4 itself ignores it, and the process then ends with the error.
 *
 * @example
 * const s = spoorExpress4(spoor, { account: (req) => accountOf(req.headers.authorization) })
 * app.use(s)
 * app.get('/posts', listPosts)
 * app.use(s.errors)
 *
 * @throws OptionsError for invalid options, and when the middleware is mounted in Express 5
 */
export function spoorExpress4(spoor: Spoor, given: ExpressOptions = {}): SpoorExpress {
  return expressParts({ ...express4, follow: catchRejections }, spoor, given)
}
