import { cursorAt, newestFirst, type Position, positionOf } from '../records/cursor.js'
import { matches, pageSize, startsFrom } from '../records/filter.js'
import { mayRead, mayReadAccount, type ReadAccess, seesAll } from '../records/read-access.js'
import type { StoredRecord } from '../records/record.js'
import type { Page, RecordFilter } from '../records/record-store.js'
import { own, ownMembers } from '../safe-values/own-member.js'
import { usageOf } from './accounts.js'
import { CpuEstimates, type EstimateCpu } from './cpu-estimates.js'
import { type Dependencies, dependenciesOf } from './dependencies.js'
import { find } from './find/find.js'
import { KeptAnswers } from './kept-answers.js'
import type { LineSource } from './line-source.js'
import type { ListedRequest } from './listed-request.js'
import type { LogFileHealth, ReadRecord, RecordsInLines } from './reading.js'
import type { RequestRow } from './request-row.js'
import { maxOverview, overviewMs, overviewOf } from './requests-overview.js'
import type { RequestsSummary } from './requests-summary.js'
import { recordOf } from './row-record.js'
import type { LineTotals } from './rows-totals.js'
import type { Session } from './session.js'
import { mayAskFor, shownRecord } from './shown-error.js'
import { listedRequest, readRecord } from './shown-request.js'
import { spanMs, type UsageAnswer, type UsageQuery } from './usage.js'
import { version } from './version.js'

const dayMs = 86_400_000
// To add up the lines of an hour may take a second.
const totalsForMs = 10_000

/** Reads records from log lines alone, for programs beside the service. Every method applies the reader's access. */
export class RowsReading {
  readonly #source: LineSource
  readonly #totals = new KeptAnswers<LineTotals>(totalsForMs)

  constructor(source: LineSource) {
    this.#source = source
  }

  /** The record of a request or job, by its own id or by its request id. */
  async record(access: ReadAccess, id: string, inLines?: RecordsInLines): Promise<ReadRecord | undefined> {
    mayReadAccount(access, undefined)
    const records = (await inLines?.()) ?? (await find(this.#source.search(access), { id })).records.toReversed()
    const shown = records.map((record) => shownRecord(access, record))
    return readRecord(shown, id, 'log', await this.#estimate(access, shown))
  }

  /**
   * Requests and jobs, measured or not, newest first. Without `from`, those of the last 24 hours.
   *
   * @throws RangeError for an invalid `before`
   */
  async list(access: ReadAccess, filter: RecordFilter): Promise<Page<ListedRequest>> {
    const size = pageSize(filter.limit)
    const sorted = await this.#newest(access, filter, filter.from ?? Date.now() - dayMs, size + 1)
    const items = sorted.slice(0, size)
    const last = items.at(-1)
    const estimate = await this.#estimate(access, items)
    const shown = items.map((record) => listedRequest(shownRecord(access, record), estimate))
    return sorted.length > size && last !== undefined ? { items: shown, next: cursorAt(last) } : { items: shown }
  }

  /** The last minutes of the requests and jobs of a filter, in a sentence and as points of a chart. */
  async overview(access: ReadAccess, filter: RecordFilter): Promise<RequestsSummary> {
    const to = Date.now()
    const records = await this.#newest(access, filter, to - overviewMs, maxOverview)
    const oldest = records.at(-1)
    const isCut = records.length === maxOverview && oldest !== undefined
    const from = isCut ? Date.parse(oldest.startedAt) : to - overviewMs
    const counted = records.filter(({ startedAt }) => Date.parse(startedAt) >= from)
    return overviewOf({ records: counted, from, to, isCut, inFlight: 0 })
  }

  /** Queries by system and calls by host, for readers of everything. Request lines do not tell single queries. */
  async dependencies(access: ReadAccess): Promise<Dependencies | undefined> {
    if (!seesAll(access)) return undefined
    const to = Date.now()
    const records = await this.#newest(access, {}, to - overviewMs, maxOverview)
    return dependenciesOf(records, to - overviewMs, to)
  }

  /** Which accounts or routes used the server, from request lines and lines of totals. */
  async usage(access: ReadAccess, of: 'account' | 'route', query: UsageQuery): Promise<UsageAnswer> {
    const { usage } = await this.#totalsOf(access, spanMs[query.span ?? '1h'], query.process)
    return usageOf(usage, access, of, query)
  }

  /** What is read. */
  async session(access: ReadAccess): Promise<Session> {
    const { service = 'unknown', version: ofService, processes } = await this.#totalsOf(access, spanMs['1h'])
    const { account, internals } = access
    return {
      service,
      ...(ofService === undefined ? {} : { version: ofService }),
      spoor: version,
      source: this.#source.kind,
      read: seesAll(access) ? 'all' : 'account',
      ...(account === undefined ? {} : { account }),
      internals,
      mode: 'off',
      mayMeasure: false,
      lines: true,
      processes,
      serverTime: new Date().toISOString(),
    }
  }

  /** The log files or tables, for readers of everything. */
  async files(access: ReadAccess): Promise<LogFileHealth[] | undefined> {
    return seesAll(access) ? this.#source.parts() : undefined
  }

  /** The newest records that a filter selects, newest first. */
  async #newest(access: ReadAccess, filter: RecordFilter, from: number, size: number): Promise<StoredRecord[]> {
    mayReadAccount(access, undefined)
    if (filter.errorCode !== undefined && !mayAskFor(access, filter.errorCode)) return []
    const before = filter.before === undefined ? undefined : positionOf(filter.before)
    const isMatch = rowTest(access, ownMembers({ ...filter, from }))
    const kept: PlacedRow[] = []
    const { account, user, route, kind, parentId, requestId } = filter
    const equal = { account, user, route, kind, parentId, requestId }
    const newestRows = this.#source.canReverse
    for await (const rows of this.#source.rows({ access, from, newestFirst: newestRows, equal })) {
      for (const row of rows) {
        const place = placeOf(row)
        if (place === undefined || (before !== undefined && newestFirst(before, place) >= 0)) continue
        if (isMatch(row)) kept.push(place)
      }
      // Only the newest are wanted, and there may be millions.
      if (kept.length > 4 * size + 20_000) kept.splice(0, kept.length, ...kept.sort(newestFirst).slice(0, size))
      if (newestRows && isEnough(kept, size, rows)) break
    }
    const newest = kept.sort(newestFirst).slice(0, size)
    return newest.flatMap(({ row }) => {
      const record = recordOf(row)
      return record !== undefined && mayRead(access, record) ? [record] : []
    })
  }

  #totalsOf(access: ReadAccess, span: number, process?: string): Promise<LineTotals> {
    mayReadAccount(access, undefined)
    const key = JSON.stringify([access.account, access.isEmpty, span, process])
    return this.#totals.get(key, () => this.#source.totals({ access, from: Date.now() - span, process }))
  }

  /** Estimates for some records. */
  async #estimate(access: ReadAccess, of: readonly StoredRecord[]): Promise<EstimateCpu> {
    if (of.every(({ cpu }) => cpu !== undefined)) return () => undefined
    const { usage } = await this.#totalsOf(access, spanMs['1h'])
    return new CpuEstimates(usage).of(access)
  }
}

interface PlacedRow extends Position {
  readonly row: RequestRow
}

function placeOf(row: RequestRow): PlacedRow | undefined {
  const [id, startedAt] = [own(row, 'id'), own(row, 'startedAt')]
  return typeof id === 'string' && typeof startedAt === 'string' && isoTime.test(startedAt)
    ? { id, startedAt, row }
    : undefined
}

/** True if no row that is written before these can be among the newest: a request line is written after its request began. */
function isEnough(kept: PlacedRow[], size: number, rows: readonly RequestRow[]): boolean {
  const oldest = rows.reduce((least, row) => (String(row['time']) < least ? String(row['time']) : least), '~')
  return kept.length >= size && (kept.sort(newestFirst)[size - 1] as PlacedRow).startedAt >= oldest
}

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

const equal = ['account', 'user', 'route', 'kind', 'parentId', 'requestId'] as const

/** The test of a filter. To make a record of a row takes 20 times as long as to compare a name, so that comes first. */
function rowTest(access: ReadAccess, filter: RecordFilter): (row: RequestRow) => boolean {
  const names = equal.filter((name) => filter[name] !== undefined)
  const { account, user, route, kind, parentId, requestId, before, limit, from, ...others } = filter
  const test = matches(ownMembers({ ...others }))
  const isSimple = Object.values(others).every((value) => value === undefined)
  const since = startsFrom(filter)
  const isAll = seesAll(access)
  return (row) => {
    if (names.some((name) => own(row, name) !== filter[name]) || String(own(row, 'startedAt')) < since) return false
    if (!isAll && own(row, 'accountSwitched') !== undefined) return false
    if (isSimple) return true
    const record = recordOf(row)
    return record !== undefined && mayRead(access, record) && test(record)
  }
}
