import { type Check, check, inArray, list, object, optional, problemOf } from '../options.js'
import { isRange } from './trust.js'

/** The option `requestId`. */
export interface RequestIdOptions {
  /**
   * Whose `X-Request-ID` Spoor takes over: no client's (`false`, the default), every client's (`true`), or that of the
   * listed addresses and CIDR ranges (`10.0.0.0/8`, `fd00::/8`). List only your own proxies that set or check the header.
   */
  trust?: boolean | readonly string[] | undefined
}

const ranges = list(check(isRange, 'an address or a CIDR range, such as 10.0.0.7 or 10.0.0.0/8'))

const trust: Check = (value, path, problems) => {
  if (typeof value === 'boolean') return
  const expected = 'true, false or an array of addresses and CIDR ranges'
  if (!Array.isArray(value)) problems.push(problemOf(value, path, expected, inArray))
  else ranges(value, path, problems)
}

/** Checks the option `requestId`. */
export const requestIdOptions: Check = object({ trust: optional(trust) })
