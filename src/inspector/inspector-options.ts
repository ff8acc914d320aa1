import { type Check, callback, check, inArray, list, notBuilt, object, optional } from '../options.js'
import type { Authorize } from './access.js'
import { isHostName } from './hosts.js'
import { isOrigin } from './origins.js'

/** Options of the inspector. Without them it is closed: its paths answer as if it did not exist. */
export interface InspectorOptions {
  /**
   * Decides what a signed-in reader may see: `'all'`; `'account'`, work done for their account, without messages and
   * stacks of 5xx; `{ read: 'account', internals: true }`, with them; or `false`. If it throws, or returns a promise or
   * any other value, the reader is refused.
   */
  authorize: Authorize
  /**
   * The host names the inspector answers to, without port: `inspector.example`, `[::1]`. Default: localhost, 127.0.0.1
   * and [::1]. Requests to other names get 421.
   */
  hosts?: readonly string[] | undefined
  /** Other origins whose pages may read, with the credentials of their user: `https://app.example`. Default: none. */
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

/** The check of the option `inspector`. */
export const inspectorOptions: Check = object({
  authorize: callback,
  hosts: optional(list(host, inArray)),
  origins: optional(list(origin, inArray)),
  overlay: optional(notBuilt),
})
