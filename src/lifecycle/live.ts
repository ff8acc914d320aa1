import type { WorkContext } from '../context/request-context.js'
import { instance } from '../process/instance.js'
import type { LiveRequest } from '../reading/reading.js'
import { querySum } from '../records/query-figures.js'
import { roundedMs } from '../safe-values/rounded-ms.js'

/** An open request or job. */
export interface OpenWork {
  readonly context: WorkContext
  /** Milliseconds since the epoch, and `performance.now()`. */
  readonly startedAt: number
  readonly startTick: number
  readonly method?: string | undefined
  readonly route?: string | undefined
  readonly path?: string | undefined
  readonly cpuMs: number | undefined
}

/** An open request or job as readers see it now. */
export function liveRequest({ context, startedAt, startTick, cpuMs, ...what }: OpenWork): LiveRequest {
  const { id, requestId, kind, parentId, account, user, name, work } = context
  const now = performance.now()
  const sum = work.calls?.sum(now)
  const { lines, warnings, errors } = work
  return {
    id,
    requestId,
    kind: kind === 'job' ? 'job' : 'request',
    parentId,
    // It began for another account: only readers with full access may see it.
    account: work.accountSwitched ? undefined : account,
    user: work.accountSwitched ? undefined : user,
    ...what,
    name,
    startedAt: new Date(startedAt).toISOString(),
    openMs: roundedMs(now - startTick),
    cpuMs: cpuMs === undefined ? undefined : roundedMs(cpuMs),
    outgoing: sum && { calls: sum.calls, ms: roundedMs(sum.ms) },
    queries: openQueries(work),
    logs: { lines, warnings, errors },
    instance,
    pid: process.pid,
  }
}

function openQueries({ queries }: WorkContext['work']): LiveRequest['queries'] {
  const sum = querySum(queries)
  if (sum === undefined) return undefined
  const { calls, ms, poolMs, repeated } = sum
  return { calls, ms, poolMs, equal: repeated?.[0]?.calls }
}
