import { oncePerProcess } from '../process/once.js'
import { OpenList } from '../work/open-list.js'
import type { OpenQuery } from './open-query.js'
import type { OpenWait } from './open-wait.js'

/** The watcher of an instance: gets every query and wait of the process when it has ended. */
export interface QueryWatcher {
  /** True if the instance writes lines of queries. */
  readonly hasLines: boolean
  /** Called with the error that ends a query, before the caller gets the error. */
  onError(error: unknown, system: string): void
  /** Called when a query has ended. */
  onQuery(query: OpenQuery): void
  /** Called when a wait for a connection has ended. */
  onWait(wait: OpenWait): void
  /** Called when following a query failed. The query itself continues; only figures are missing. */
  onFault(error: unknown): void
}

interface Registry {
  readonly watchers: Set<QueryWatcher>
  /** The functions that restore followed clients and end the subscriptions. */
  readonly undos: Set<() => void>
  readonly open: OpenList<OpenQuery>
  /** Queries outside any request, job and scope. */
  nowhere: number
  /** Queries that a request or job sent after its line was written. */
  late: number
  /** Queries whose request, job or scope cannot be known. */
  unknown: number
}

/** The instances of this process that follow queries, and the clients that are followed. */
export const registry: Registry = oncePerProcess('queries.1', () => ({
  watchers: new Set(),
  undos: new Set(),
  open: new OpenList(),
  nowhere: 0,
  late: 0,
  unknown: 0,
}))

/** True while any instance follows queries. */
export function isFollowing(): boolean {
  return registry.watchers.size > 0
}

/**
 * Lets `watcher` follow the queries of this process.
 *
 * @param install subscribes to the channels of clients, and returns a function that ends it; called for the first watcher
 * @returns a function that removes the watcher. The last removal restores all clients, and marks open queries as unfinished
 */
export function watchQueries(watcher: QueryWatcher, install: () => () => void): () => void {
  const isFirst = registry.watchers.size === 0
  registry.watchers.add(watcher)
  if (isFirst) registry.undos.add(install())
  return () => {
    if (!registry.watchers.delete(watcher) || registry.watchers.size > 0) return
    for (const undo of registry.undos) undo()
    registry.undos.clear()
    for (const query of registry.open) query.leave()
  }
}

/** Queries that are on no request line. */
export function queryCounts(): { readonly nowhere: number; readonly late: number; readonly unknown: number } {
  const { nowhere, late, unknown } = registry
  return { nowhere, late, unknown }
}

/** Passes an error of Spoor's own code on to the instances. */
export function reportFault(error: unknown): void {
  for (const watcher of registry.watchers) watcher.onFault(error)
}
