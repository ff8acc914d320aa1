import { type Check, callback, check, list, notBuilt, object, optional } from '../options.js'
import type { Authorize } from './access.js'
import { isHostName } from './hosts.js'
import { isOrigin } from './origins.js'

/** Options of the inspector. Without them it is closed: it answers as if it were not there. */
export interface InspectorOptions {
  /**
   * Says what somebody who is signed in may read: `'all'`; `'account'`, what was done for their account, without
   * messages and stacks of its 5xx; `{ read: 'account', internals: true }`, with them; or `false`. If it throws, or
   * answers a promise or anything else, the inspector stays closed.
   */
  authorize: Authorize
  /**
   * The names the service may be asked by, without port: `inspector.example`, `[::1]`. Default: localhost, 127.0.0.1 and
   * [::1]. Every other name is answered 421.
   */
  hosts?: readonly string[] | undefined
  /** Origins of other sites whose pages may read, as those who sit before them: `https://app.example`. Default: none. */
  origins?: readonly string[] | undefined
  /** Not built yet: only `false` is accepted. */
  overlay?: false | undefined
}

const host = check(isHostName, 'a host name such as inspector.example or [::1]', 'leave out scheme, port and wildcards')
const origin = check(
  isOrigin,
  'an origin as a browser says it, such as https://app.example or http://localhost:5173',
  'leave out path, default port and wildcards',
)

/** What `inspector` of `createSpoor` takes. */
export const inspectorOptions: Check = object({
  authorize: callback,
  hosts: optional(list(host)),
  origins: optional(list(origin)),
  overlay: optional(notBuilt),
})
