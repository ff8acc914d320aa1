import { type Check, delay, loggerProblem, object, optional, text } from '../options.js'
import { ownMembers } from '../safe-values/own-member.js'

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
  const { queries, logs } = ownMembers(Object(value)) as { queries?: unknown; logs?: unknown }
  const problem = loggerProblem(logs, ownMembers(Object(queries))['logger'], 'queries.logger')
  if (problem !== undefined) problems.push(problem)
}
