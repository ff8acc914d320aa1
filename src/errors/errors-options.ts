import { entryLevel, type Level, levels } from '../logging/levels.js'
import { type Check, callback, object, oneOf, optional } from '../options.js'
import { reasonOf } from '../safe-values/safe-error.js'
import { typeName } from '../safe-values/type-name.js'
import type { ErrorMap } from './failure.js'

/** The JSON shape of an error response. */
export type ErrorFormat = 'problem' | 'envelope'

/** The option `errors`: how failures are answered and logged. */
export interface ErrorsOptions {
  /** The JSON of an error response: `problem` (RFC 9457, the default) or `envelope` (`{ error: { … } }`). */
  format?: ErrorFormat | undefined
  /** Turns an error of the service into an answer. Returns undefined to follow the conventions of http-errors. */
  map?: ErrorMap | undefined
  /** Returns the level at which a failure is logged. Default: `error` from 500 on, else `info`. */
  level?: ((status: number) => Level) | undefined
}

/** Checks the option `errors`. */
export const errorsOptions: Check = object({
  format: optional(oneOf(['problem', 'envelope'])),
  map: optional(callback),
  level: optional(callback),
})

/** The level of a failure when the service sets none. */
function defaultErrorLevel(status: number): Level {
  return status >= 500 ? 'error' : 'info'
}

/** Makes `errors.level` safe: if it throws or returns anything but a level, the default is used and a warning says so once. */
export function safeErrorLevel(
  level: ((status: number) => Level) | undefined,
  warnOnce: (about: string, message: string) => void,
): (status: number) => Level {
  if (level === undefined) return defaultErrorLevel
  const used = (status: number, got: string): Level => {
    const instead = defaultErrorLevel(status)
    warnOnce('errors.level', `errors.level: expected one of ${levels.join(', ')}, got ${got}; ${instead} was used`)
    return instead
  }
  return (status) => {
    try {
      const returned: unknown = level(status)
      const known = entryLevel(returned)
      if (known !== undefined) return known
      return used(status, typeof returned === 'string' ? JSON.stringify(returned.slice(0, 60)) : typeName(returned))
    } catch (error) {
      return used(status, `a throw of ${reasonOf(error)}`)
    }
  }
}
