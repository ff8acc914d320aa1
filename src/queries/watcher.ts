import type { Logger } from '../logging/logger.js'
import { noteDatabaseError } from '../safe-values/database-error.js'
import { logQuery, logWait } from './query-line.js'
import { type QueryWatcher, registry } from './registry.js'

/**
 * Makes the watcher of one instance, which writes the lines of slow and failed queries.
 *
 * @param logger writes the lines of slow and failed queries; undefined for none
 */
export function queryWatcher(
  logger: Logger | undefined,
  slowMs: number,
  onFault: (error: unknown) => void,
): QueryWatcher {
  const watcher: QueryWatcher = {
    hasLines: logger !== undefined,
    // Each copy of the package has to know the error.
    onError: noteDatabaseError,
    onQuery: (query) => {
      if (logger !== undefined && isFirst(watcher)) logQuery(logger, slowMs, query)
    },
    onWait: (wait) => {
      if (logger !== undefined && isFirst(watcher)) logWait(logger, slowMs, wait)
    },
    onFault,
  }
  return watcher
}

/** True for the first watcher with a logger. Only that watcher writes lines, so that each query has one line. */
function isFirst(watcher: QueryWatcher): boolean {
  for (const one of registry.watchers) if (one.hasLines) return one === watcher
  return false
}
