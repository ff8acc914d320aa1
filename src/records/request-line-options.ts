import { entryLevel, isUnsetLevel, type Level, levels } from '../logging/levels.js'
import { type Check, callback, flag, object, optional } from '../options.js'
import { reasonOf } from '../safe-values/safe-error.js'
import { typeName } from '../safe-values/type-name.js'
import type { RequestRecord } from './record.js'

/** A finished request, as `requestLine.level` sees it. */
export interface FinishedRequest {
  readonly method: string | undefined
  /** Without its query, as the line shows it. */
  readonly path: string | undefined
  /** The route's pattern; undefined if none matched. */
  readonly route: string | undefined
  /** Undefined if no response was sent. */
  readonly status: number | undefined
  readonly durationMs: number
  /** True if the client closed the connection before the response was complete. */
  readonly aborted: boolean
  /** True if an error made the request fail, even if the status was sent before the error. */
  readonly failed: boolean
}

/** Returns the level of a request line, or undefined for the usual one. */
export type RequestLineLevel = (request: FinishedRequest) => Level | undefined

/** The option `requestLine`: further members of request lines and records, and the level of the lines. */
export interface RequestLineOptions {
  /**
   * Adds the client's address as `remoteAddress`. This is the address of the connection. If `requestId.trust` lists that address
   * as a proxy, it is the address that the proxy names in `X-Forwarded-For`. Personal data in many countries. Default false.
   */
  remoteAddress?: boolean | undefined
  /** Adds the client's `User-Agent` as `userAgent`, cut to 256 bytes. Default false. */
  userAgent?: boolean | undefined
  /**
   * Returns the level of a request's line. Default: `error` from status 500 on, otherwise `info`. Lines of jobs keep their level.
   *
   * @example
   * level: ({ status, durationMs }) => (durationMs > 1_000 && (status ?? 0) < 500 ? 'warn' : undefined)
   */
  level?: RequestLineLevel | undefined
}

/** Checks the option `requestLine`. */
export const requestLineOptions: Check = object({
  remoteAddress: optional(flag),
  userAgent: optional(flag),
  level: optional(callback),
})

/** Returns the level of a record's line. @param failed the status of the error that made the request fail, if there was one */
export type LineLevel = (record: RequestRecord, failed: number | undefined) => Level

/** The level of a record's line when the service sets none. */
export const defaultLineLevel: LineLevel = ({ status }, failed) => ((failed ?? status ?? 200) >= 500 ? 'error' : 'info')

/**
 * Makes `requestLine.level` safe: if it throws, or returns anything but a level or undefined, Spoor uses the usual level and
 * warns once.
 */
export function safeLineLevel(level: RequestLineLevel, warnOnce: (about: string, message: string) => void): LineLevel {
  const warn = (got: string, usual: Level): void => {
    const expected = `one of ${levels.join(', ')} or undefined`
    warnOnce('requestLine.level', `requestLine.level: expected ${expected}, got ${got}; ${usual} was used`)
  }
  return (record, failed) => {
    const usual = defaultLineLevel(record, failed)
    if (record.kind === 'job') return usual
    try {
      const returned: unknown = level(finishedOf(record, failed))
      const known = isUnsetLevel(returned) ? usual : entryLevel(returned)
      if (known !== undefined) return known
      warn(typeof returned === 'string' ? JSON.stringify(returned.slice(0, 60)) : typeName(returned), usual)
    } catch (error) {
      warn(`a throw of ${reasonOf(error)}`, usual)
    }
    return usual
  }
}

function finishedOf(record: RequestRecord, failed: number | undefined): FinishedRequest {
  const { method, path, route, status, durationMs, aborted = false } = record
  return { method, path, route, status, durationMs, aborted, failed: failed !== undefined }
}
