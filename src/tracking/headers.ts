import type { WorkContext } from '../context/request-context.js'

const maxEntries = 20

/** The headers of a tracked response: the id of its record, the cost so far, and `no-store` for shared caches. */
export function trackingHeaders(
  context: WorkContext,
  cpuMs: number | undefined,
  heldUpMs?: number,
): Readonly<Record<string, string>> {
  return {
    'X-Resource-Tracking-ID': context.id,
    'Cache-Control': 'private, no-store',
    'Server-Timing': serverTiming(context, cpuMs, heldUpMs),
  }
}

/**
 * The value of `Server-Timing` (https://www.w3.org/TR/server-timing/), in ms until now: CPU, time held up by other code, calls, queries, waits for a connection,
 * and steps.
 */
function serverTiming({ work }: WorkContext, cpuMs: number | undefined, heldUpMs = 0): string {
  const now = performance.now()
  const entries: [string, number][] = []
  if (cpuMs !== undefined) entries.push(['cpu', cpuMs])
  if (heldUpMs > 0) entries.push(['held', heldUpMs])
  if (work.calls !== undefined) entries.push(['outgoing', work.calls.sum(now).ms])
  if (work.queries !== undefined) {
    entries.push(['queries', work.queries.sum(now).ms])
    const pool = work.queries.poolSum(now)
    if (pool !== undefined) entries.push(['pool', pool.ms])
  }
  for (const { name, start, end } of work.steps ?? []) entries.push([token(name), (end ?? now) - start])
  return entries
    .slice(0, maxEntries)
    .map(([name, ms]) => `${name};dur=${Math.round(ms * 10) / 10}`)
    .join(', ')
}

/** A name as a token (RFC 9110); what may not stand in one becomes `_`. */
function token(name: string): string {
  return name.replace(/[^\w!#$%&'*+.^`|~-]/g, '_')
}
