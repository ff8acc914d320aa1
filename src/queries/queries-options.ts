import { type Check, delay, object, optional, text } from '../options.js'
import { ownMembers } from '../safe-values/own-member.js'
import { reasonOf } from '../safe-values/safe-error.js'

/**
 * The option `queries` of `createSpoor`. `queries: false` follows no queries.
 *
 * @example createSpoor({ service: 'shop', logs, queries: { logger: 'database', slowMs: 100 } })
 */
export interface QueriesOptions<Name extends string = string> {
  /** The logger for queries that are slow or fail, and for long waits for a connection. Default: no lines. */
  readonly logger?: Name | undefined
  /** A query, or a wait for a connection, is slow if it takes this long or longer, in ms. Default 200. */
  readonly slowMs?: number | undefined
}

export const defaultSlowMs = 200

const members = object({ logger: optional(text), slowMs: optional(delay) })

/** Checks the option `queries`. */
export const queriesOptions: Check = (value, path, problems) => {
  if (value !== false) members(value, path, problems)
}

/** Checks, given all options of `createSpoor`, that `logs` has the logger that `queries` names. */
export const queriesLogger: Check = (value, _path, problems) => {
  const { queries, logs } = ownMembers(Object(value)) as { queries?: unknown; logs?: { get?: unknown } | null }
  const { logger } = ownMembers(Object(queries)) as { logger?: unknown }
  if (typeof logger !== 'string' || typeof logs?.get !== 'function') return
  try {
    Reflect.apply(logs.get, logs, [logger])
  } catch (error) {
    problems.push(`queries.logger: ${reasonOf(error).replace(/^logs\.get: /, '')}`)
  }
}
