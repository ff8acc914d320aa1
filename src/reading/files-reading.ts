import { cursorAt, newestFirst, positionOf } from '../records/cursor.js'
import { matches, pageSize } from '../records/filter.js'
import { mayReadAccount, type ReadAccess, seesAll } from '../records/read-access.js'
import type { StoredRecord } from '../records/record.js'
import type { Page, RecordFilter } from '../records/record-store.js'
import { ownMembers } from '../safe-values/own-member.js'
import type { SafeValue } from '../safe-values/safe-value.js'
import { find } from './find/find.js'
import type { LogGroup } from './find/log-groups.js'
import { openListed, type ReadingMode } from './find/open-file.js'
import { type RequestRow, requestRows } from './find/request-rows.js'
import { firstTime } from './find/time-in-file.js'
import { lineRecord } from './line-record.js'
import type { ListedRecord, LogFileHealth, ReadRecord } from './reading.js'
import { shownRecord } from './shown-error.js'
import { summary } from './summary.js'

const dayMs = 86_400_000

/** Reads records from log files alone, for programs beside the service. Every method applies the reader's access. */
export class FilesReading {
  readonly #list: () => LogGroup[]
  readonly #mode: ReadingMode

  constructor(list: () => LogGroup[], mode: ReadingMode) {
    this.#list = list
    this.#mode = mode
  }

  /** The record of a request or job, by its own id or by its request id. */
  async record(access: ReadAccess, id: string): Promise<ReadRecord | undefined> {
    mayReadAccount(access, undefined)
    const { records } = await find({ access, groups: this.#list(), id, mode: this.#mode })
    const last = records.find((one) => one.id === id) ?? records.at(-1)
    if (last === undefined) return undefined
    const shown = shownRecord(access, last)
    const others = records.filter((one) => one !== last).map((one) => one.id)
    return { ...shown, source: 'log', ...(others.length > 0 ? { others } : {}), summary: summary(shown) }
  }

  /**
   * Records, newest first. Without `from`, those of the last 24 hours.
   *
   * @throws RangeError for an invalid `before`
   */
  async list(access: ReadAccess, filter: RecordFilter): Promise<Page<ListedRecord>> {
    mayReadAccount(access, undefined)
    const before = filter.before === undefined ? undefined : positionOf(filter.before)
    const test = matches(filter)
    const size = pageSize(filter.limit)
    const kept: StoredRecord[] = []
    for await (const rows of this.rows(access, filter.from ?? Date.now() - dayMs)) {
      for (const row of rows) {
        const record = recordOf(row)
        if (record === undefined || !test(record)) continue
        if (before === undefined || newestFirst(before, record) < 0) kept.push(record)
      }
      // Only the newest are wanted, and there may be millions.
      if (kept.length > 20_000) kept.splice(0, kept.length, ...kept.sort(newestFirst).slice(0, size + 1))
    }
    const sorted = kept.sort(newestFirst)
    const items = sorted.slice(0, size)
    const last = items.at(-1)
    const shown = items.map((record) => shownRecord(access, record))
    return sorted.length > size && last !== undefined ? { items: shown, next: cursorAt(last) } : { items: shown }
  }

  /** The request lines since a time, in batches, oldest file first. */
  rows(access: ReadAccess, from: number): AsyncGenerator<RequestRow[], void, void> {
    return requestRows({ groups: this.#list(), access, from, mode: this.#mode })
  }

  /** The log files, for readers of everything. */
  async files(access: ReadAccess): Promise<LogFileHealth[] | undefined> {
    if (!seesAll(access)) return undefined
    return Promise.all(this.#list().map((group) => this.#fileHealth(group)))
  }

  async #fileHealth({ name, files }: LogGroup): Promise<LogFileHealth> {
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    const last = files.at(-1)
    const open = last && openListed(last, this.#mode)
    if (open === undefined) return { file: name, bytes }
    const oldest = await firstTime(open)
    open.close()
    return oldest === undefined ? { file: name, bytes } : { file: name, bytes, oldest: new Date(oldest).toISOString() }
  }
}

/** The record of a request line; undefined if a member that every record has is missing. */
export function recordOf(row: RequestRow): StoredRecord | undefined {
  const { requestId, parentId, account, ...fields } = ownMembers(row) as Record<string, SafeValue>
  const ids = Object.entries({ requestId, parentId, account }).filter(([, value]) => typeof value === 'string')
  return lineRecord({
    time: 0,
    level: 'info',
    logger: 'requests',
    message: '',
    fields: ownMembers(fields) as Record<string, SafeValue>,
    ...Object.fromEntries(ids),
  })
}
