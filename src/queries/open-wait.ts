import { type SpanIds, spanOf } from '../context/active-span.js'
import { knownContext } from '../context/known-context.js'
import type { WorkContext } from '../context/request-context.js'
import type { PoolWait } from '../work/queries.js'
import { queryErrorCode } from './error-code.js'
import type { Holders } from './holders.js'
import { queriesOf } from './open-query.js'
import { registry } from './registry.js'

/** In ms. A shorter wait got a free connection, so it has no holder. */
const minHeldMs = 1

/** Follows a wait for a connection of a pool, from the call to the connection. */
export class OpenWait implements PoolWait<WorkContext> {
  readonly start: number = performance.now()
  end: number | undefined = undefined
  by: { readonly holder: WorkContext; readonly ms: number } | undefined = undefined
  errorCode: string | undefined = undefined
  readonly system: string
  readonly context: WorkContext | undefined
  /** The span of OpenTelemetry that was active at the start. */
  readonly span: SpanIds | undefined

  constructor(system: string, context: WorkContext | undefined) {
    this.system = system
    this.context = context
    this.span = spanOf(context)
  }

  /**
   * Ends the wait. Later calls do nothing.
   *
   * @param holders the work that has the connections of the pool
   * @param error the reason why there is no connection
   * @param at when the wait ended. Default: now
   */
  finish(holders?: Holders, error?: unknown, at: number = performance.now()): void {
    if (this.end !== undefined) return
    this.end = at
    if (error !== undefined) this.errorCode = queryErrorCode(error)
    if (this.end - this.start >= minHeldMs) this.by = holders?.longest(this.start, this.end, this.context)
    this.context?.work.queries?.endWait(this)
    for (const watcher of registry.watchers) watcher.onWait(this)
  }

  /** Ends the wait as if it had never begun, because another wait already counts the same time. */
  void(): void {
    if (this.end !== undefined) return
    this.end = this.start
    this.context?.work.queries?.takeWaitBack(this)
  }
}

/** Begins a wait of the current request for a connection. */
export function beginWait(system: string): OpenWait {
  const context = knownContext()
  const wait = new OpenWait(system, context)
  if (context !== undefined) queriesOf(context).beginWait(wait)
  return wait
}
