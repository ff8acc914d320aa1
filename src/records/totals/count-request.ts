import type { WorkContext } from '../../context/request-context.js'
import { own as ownOf } from '../../safe-values/own-member.js'
import type { QueryList } from '../../work/queries.js'
import type { RecordOwn } from '../request-record.js'
import type { OwnTotals } from './counting.js'
import type { TotalsQueries } from './totals-types.js'

/**
 * Counts a request or job that ends now.
 *
 * @param failed the status of the error that made it fail, if there was one
 */
export function countRequest(
  totals: OwnTotals,
  { kind, account, name, work }: WorkContext,
  durationMs: number,
  failed: number | undefined,
  own: RecordOwn,
): void {
  const client = ownOf(own, 'client')
  const bytes = client === undefined ? 0 : client.readBytes + client.writtenBytes
  const tracked = totals.isExact ? ownOf(own, 'tracked') : undefined
  totals.add({
    kind: kind === 'job' ? 'job' : 'request',
    account,
    method: ownOf(own, 'method'),
    route: ownOf(own, 'route'),
    name,
    failed: (failed ?? ownOf(own, 'status') ?? 0) >= 500,
    durationMs,
    bytes: Number.isFinite(bytes) ? bytes : 0,
    queries: work.queries && queriesOf(work.queries),
    counts: work.ownFields?.counts,
    cpuMs: tracked?.figures.cpu.ms,
  })
}

function queriesOf(list: QueryList): TotalsQueries {
  const now = performance.now()
  const { calls, ms } = list.sum(now)
  return { calls, ms, poolMs: list.poolSum(now)?.ms, holdMs: list.holdMs }
}
