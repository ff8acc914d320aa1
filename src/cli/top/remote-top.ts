import type { TopRow } from '../../reading/top-rows.js'
import { rankings, spanMs, type UsageItem } from '../../reading/usage.js'
import { escapeText } from '../../safe-values/escape.js'
import { type Arguments, textOf, UsageError } from '../command.js'
import { jsonRow } from '../json-row.js'
import type { Output } from '../output.js'
import { remoteTotals } from '../remote.js'
import { wrapped } from '../words.js'
import { countMeasure, type Measure, measures, time } from './measures.js'
import { tableRows } from './top-table.js'

interface Answer {
  readonly summary?: string
  readonly items: readonly UsageItem[]
}

/** What a service ranks by, where it is not what the request lines have. */
const ofService: Readonly<Record<string, Measure>> = {
  ...measures,
  heldUp: { of: (row) => row.heldUpMs, title: 'HELD OTHERS', what: 'time that others waited', shown: time },
  pool: { of: (row) => row.poolMs, title: 'CONNECTED', what: 'time of connections', shown: time },
}

/**
 * The answer of a running service: it estimates the CPU of all requests, measured or not.
 *
 * @throws UsageError for a span or a measure that a service does not have
 */
export async function remoteTop(
  given: Arguments,
  { by, limit }: { readonly by: 'account' | 'route'; readonly limit: number },
  output: Output,
): Promise<number> {
  const sort = textOf(given, 'sort') ?? 'cpu'
  const measure = (rankings as readonly string[]).includes(sort) ? ofService[sort] : countMeasure(sort)
  if (measure === undefined)
    throw new UsageError(`spoor top: --sort: with --url, expected one of ${rankings.join(', ')}, counts.NAME`)
  const answer = (await remoteTotals(given, by, { span: spanOf(given), by: sort })) as Answer | undefined
  if (answer === undefined)
    throw new UsageError('spoor top: this service has no totals; spoor top --dir counts them from log files')
  const { items, summary } = answer
  if (given.options['json'] === true) for (const item of items.slice(0, limit)) output.print(jsonRow(item))
  else {
    if (summary !== undefined) output.print(...wrapped(escapeText(summary), output.columns() ?? 120, ''), '')
    const rows = items.map((item) => rowOf(item, by, sort))
    // The sentence tells the share of all work, of which the rows may be a small part.
    if (rows.length > 0) output.print(...tableRows({ by, measure, rows, limit, share: 'OF ROWS' }, output))
    else if (summary === undefined) output.print('Nothing was counted in this time')
  }
  return items.length === 0 ? 1 : 0
}

function spanOf(given: Arguments): string {
  const span = textOf(given, 'last') ?? '1h'
  if (!Object.hasOwn(spanMs, span)) {
    const spans = Object.keys(spanMs)
      .join(', ')
      .replace(/, (?=\w+$)/, ' or ')
    throw new UsageError(`spoor top: --last: with --url, expected ${spans}, got ${span.slice(0, 40)}`)
  }
  return span
}

function rowOf(item: UsageItem, by: 'account' | 'route', sort: string): TopRow {
  const { account, method, route, requests, jobs, errors, queries, queryMs, bytes, counts } = item
  return {
    name: by === 'account' ? (account ?? '(anonymous)') : [method, route].filter(Boolean).join(' '),
    requests,
    jobs,
    errors,
    ms: (item.duration?.mean ?? 0) * (requests + jobs),
    cpuMs: item.cpuMs ?? 0,
    measured: item.cpuMs === undefined ? 0 : requests + jobs,
    queries,
    queryMs,
    poolMs: sort === 'pool' ? item.holdMs : item.poolMs,
    bytes,
    heldUpMs: item.heldOthers?.ms ?? 0,
    counts,
  }
}
