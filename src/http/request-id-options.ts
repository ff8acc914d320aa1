import { isRequestId } from '../context/request-id.js'
import { type Check, callback, check, inArray, list, object, optional, problemOf } from '../options.js'
import { reasonOf } from '../safe-values/safe-error.js'
import { typeName } from '../safe-values/type-name.js'
import { isRange } from './trust.js'

/** The option `requestId`. */
export interface RequestIdOptions {
  /**
   * The clients whose request id Spoor accepts: none (`false`, the default), all (`true`), or the listed addresses and CIDR
   * ranges (`10.0.0.0/8`, `fd00::/8`). List only your own proxies that set or check the header.
   */
  trust?: boolean | readonly string[] | undefined
  /**
   * The header of the request id: Spoor reads it from trusted callers, sets it on every response, exposes it to pages of
   * other origins, and sends it to services with `propagate: true`. Default `X-Request-ID`.
   */
  header?: string | undefined
  /**
   * Makes the id of a request without an accepted id. An id has 1 to 200 of the characters `A-Za-z0-9._:@/+=~-`. If `generate`
   * throws or returns anything else, the request gets a UUID version 7, and Spoor warns once. Jobs and scopes keep their own
   * ids. Default: a UUID version 7.
   *
   * @example requestId: { generate: () => `orders-${randomBytes(8).toString('hex')}` }
   */
  generate?: (() => string) | undefined
}

const ranges = list(check(isRange, 'an address or a CIDR range, such as 10.0.0.7 or 10.0.0.0/8'))

const trust: Check = (value, path, problems) => {
  if (typeof value === 'boolean') return
  const expected = 'true, false or an array of addresses and CIDR ranges'
  if (!Array.isArray(value)) problems.push(problemOf(value, path, expected, inArray))
  else ranges(value, path, problems)
}

// RFC 9110, section 5.6.2.
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/
/** Headers that have a meaning in HTTP, in traces or in Spoor. */
const otherwiseUsed =
  /^(?:accept|access-control|authorization|cache-control|connection|content|cookie|date|etag|expect|forwarded|host|if|keep-alive|link|location|origin|proxy|range|referer|server|set-cookie|te|trace|tracestate|trailer|transfer|upgrade|user-agent|vary|via|www|x-forwarded|x-resource-tracking|x-debug-resource-tracking)(?:-|$)|^(?:traceparent|age|allow|expires|from)$/i

const header: Check = check(
  (value) => typeof value === 'string' && headerName.test(value) && !otherwiseUsed.test(value),
  'the name of a header that has no other use, such as X-Correlation-ID',
)

/** Checks the option `requestId`. */
export const requestIdOptions: Check = object({
  trust: optional(trust),
  header: optional(header),
  generate: optional(callback),
})

/** Makes `generate` safe. If it throws, or returns an invalid id, the result is undefined, and Spoor warns once. */
export function safeGenerate(
  generate: (() => string) | undefined,
  warnOnce: (about: string, message: string) => void,
): (() => string | undefined) | undefined {
  if (generate === undefined) return undefined
  const warn = (got: string): void =>
    warnOnce(
      'requestId.generate',
      `requestId.generate: expected 1 to 200 of the characters A-Za-z0-9._:@/+=~-, got ${got}; a UUID was used`,
    )
  return () => {
    try {
      const id: unknown = generate()
      if (isRequestId(id)) return id
      warn(typeof id === 'string' ? JSON.stringify(id.slice(0, 60)) : typeName(id))
    } catch (error) {
      warn(`a throw of ${reasonOf(error)}`)
    }
    return undefined
  }
}
