import { lineFilterOf, liveFilterOf } from '../../../src/inspector/line-query.js'
import { filterOf, noParameters, overviewFilterOf } from '../../../src/inspector/query.js'
import { Refusal } from '../../../src/inspector/refusal.js'
import { accountingQueryOf, accountsQueryOf, liveQueryOf, routesQueryOf } from '../../../src/inspector/usage-query.js'
import { addFilter, ConditionList } from '../../../src/reading/clickhouse/conditions.js'
import type { LineFilter } from '../../../src/reading/lines/line-filter.js'
import { filterSql } from '../../../src/records/clickhouse/record-query.js'
import { matches } from '../../../src/records/filter.js'
import { readAccess } from '../../../src/records/read-access.js'
import type { RecordFilter } from '../../../src/records/record-store.js'
import { must, type Target } from './target.js'

const readers = { filterOf, overviewFilterOf, lineFilterOf, liveFilterOf, accountsQueryOf, routesQueryOf, accountingQueryOf, liveQueryOf, noParameters } // biome-ignore format: one line
const names = 'account user route status kind parentId dominant mostly from to minMs minCpuMs errorCode measured process text before limit level requestId logger field.a field.__proto__ span by items as jobs'.split(' ') // biome-ignore format: one line

/** Everything that messages say by themselves. */
const known = new Set<string>()
const record = { id: 'r-1', requestId: 'r-1', kind: 'request', service: 's', instance: 'a:1', pid: 1, startedAt: '2026-11-28T10:00:00.000Z', durationMs: 1, path: '/a', outgoing: [], steps: [], jobs: [], io: {} } // biome-ignore format: one line

/** The query of a URL must be refused with the names of what is wrong, or read. */
export const queries: Target = {
  seeds: [
    'account=acme&user=ann%40acme.example&route=%2Fposts%2F%3Aid&status=5xx&kind=job&parentId=p1&dominant=outgoing',
    'from=2026-11-24T10:00:00%2B01:00&to=1800000000000&minMs=250&minCpuMs=0.5&errorCode=quota&before=abc&limit=200',
    'level=warn&logger=a&logger=b&requestId=r-1&text=x&field.plan=pro&process=one&before=abc',
    'span=5m&by=counts.tokens&process=one:1',
    'items=true&level=info',
  ],
  words: [
    ...names.map((name) => `${name}=`),
    ...names.map((name) => `&${name}=`),
    ...[
      '&',
      '=',
      '%',
      '+',
      '%00',
      '%ff',
      '%F0%9F%98%80',
      '%2B',
      ';',
      '[]',
      '[$ne]',
      '__proto__',
      'constructor',
      '5xx',
      'true',
      'false',
    ],
    ...[
      '2026-11-24',
      'T10:00:00Z',
      '+01:00',
      '999999999999999',
      '-1',
      '0',
      '1e9',
      '0x10',
      '\u0661',
      "' OR 1=1 --",
      "');",
      '{p0:String}',
    ],
    ...['job', 'request', 'cpu', 'held', '1h', '24h', 'counts.', 'warn', 'a'.repeat(250), '\ud800'],
  ],
  check(text) {
    for (const [name, read] of Object.entries(readers)) checkReader(name, read, text)
  },
}

function checkReader(name: string, read: (query: string) => unknown, query: string): void {
  let found: unknown
  try {
    found = read(query)
  } catch (error) {
    must(error instanceof Refusal, `${name}: not a refusal`, String(error))
    const { status, code, detail = '' } = error.failure
    must(
      status === 400 && code === 'bad_query' && detail.length < 4_000,
      `${name}: another refusal`,
      status,
      code,
      detail,
    )
    must(!repeats(detail, query), `${name}: the message repeats the query`, detail)
    return
  }
  if (name === 'filterOf' || name === 'overviewFilterOf') checkFilter(found as RecordFilter, query)
  if (name === 'lineFilterOf') checkLineFilter(found as LineFilter, query)
}

/** True if a text has a word of the caller that it does not say by itself. */
function repeats(detail: string, query: string): boolean {
  if (known.size === 0) {
    const wrong = names.map((name) => `${name}=&`).join('')
    for (const read of Object.values(readers)) {
      for (const one of [
        wrong,
        'x=1',
        `${wrong}${wrong}`,
        'from=2&to=1',
        'dominant=cpu&mostly=held',
        'field.=1',
        'items=x',
      ])
        for (const word of wordsOf(messageOf(read, one))) known.add(word)
    }
  }
  const said = new Set(wordsOf(detail).filter((word) => !known.has(word)))
  return said.size > 0 && wordsOf([...new URLSearchParams(query)].flat().join(' ')).some((word) => said.has(word))
}

function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}_]{4,}/gu) ?? []
}

function messageOf(read: (query: string) => unknown, query: string): string {
  try {
    read(query)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

const everything = readAccess('all', undefined)

function checkFilter(filter: RecordFilter, query: string): void {
  for (const time of [filter.from, filter.to]) if (time !== undefined) new Date(time).toISOString()
  matches(filter)(record as never)
  const conditions = filterSql(filter)
  checkSql(conditions?.where.join(' ') ?? '', query)
}

function checkLineFilter(filter: LineFilter, query: string): void {
  checkSql(addFilter(new ConditionList(), filter, everything).sql, query)
}

/** Statements of readers have the names of our columns, and values only as parameters. */
function checkSql(sql: string, query: string): void {
  const values = [...new URLSearchParams(query)].map(([, value]) => value)
  for (const value of values)
    must(value.length < 4 || !/["`\\]/.test(value) || !sql.includes(value), 'a value is in a statement', value, sql)
  must(!/;|--|\/\*|OR 1=1/.test(sql), 'a value is in a statement', sql)
}
