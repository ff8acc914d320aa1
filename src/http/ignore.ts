import { reasonOf } from '../safe-values/safe-error.js'
import type { RequestInfo } from './request-info.js'

/** The option `ignore`: returns true for a request that leaves no line, such as a health check. */
export type Ignore = (request: RequestInfo) => boolean

/** Makes `ignore` safe: if it throws, the request keeps its line and a warning says so once. */
export function safeIgnore(ignore: Ignore | undefined, warnOnce: (about: string, message: string) => void): Ignore {
  if (ignore === undefined) return () => false
  return (request) => {
    try {
      return ignore(request)
    } catch (error) {
      warnOnce('ignore', `ignore: threw ${reasonOf(error)}; the request's line was written`)
      return false
    }
  }
}
