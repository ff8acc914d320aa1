import { roundedMs } from '../safe-values/rounded-ms.js'
import { seen } from '../usage/pool-canary.js'
import type { RecentWorst } from '../usage/recent-worst.js'
import type { Health } from './reading.js'

/** The state of the thread pool, the garbage collector and the event loop. @param loop what the watchdog saw, if there is one */
export function threadHealth(loop: RecentWorst | undefined): Pick<Health, 'threadPool' | 'gc' | 'loop'> {
  const { pool, gc } = seen()
  return {
    ...(pool.waits.count > 0 && { threadPool: { worstWaitMs: roundedMs(pool.waits.worst) } }),
    ...(gc.count > 0 && { gc: { pauses: gc.count, totalMs: roundedMs(gc.total), worstMs: roundedMs(gc.worst) } }),
    ...(loop && { loop: { blocked: loop.count, totalMs: roundedMs(loop.total), worstMs: roundedMs(loop.worst) } }),
  }
}
