import type { Health, ListedRecord, LiveRequest, ReadBooks, Reading, ReadRecord } from '../../src/reading/reading.js'
import type { Page, RecordFilter } from '../../src/records/record-store.js'
import { isWithin, type Scope } from '../../src/records/scope.js'
import { type Line, linesIn } from './lines.js'

/** A reading of what the service's own log files say: enough to see what comes through the inspector, and for whom. */
export class LineReading implements Reading {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  async record(scope: Scope, id: string): Promise<ReadRecord | undefined> {
    return this.#records(scope).find((record) => record.requestId === id || record.id === id)
  }

  async list(scope: Scope, filter: RecordFilter): Promise<Page<ListedRecord>> {
    if (filter.before !== undefined) throw new RangeError('no cursor')
    const { account, route, status, limit = 50 } = filter
    const items = this.#records(scope).filter(
      (record) =>
        (account === undefined || record.account === account) &&
        (route === undefined || record.route === route) &&
        (status === undefined || String(record.status) === status),
    )
    return { items: items.reverse().slice(0, limit) }
  }

  /** What says that it began (the routes `/hang` and `/half` do) and has no request line. */
  live(scope: Scope): readonly LiveRequest[] {
    const lines = linesIn(this.#directory)
    const ended = new Set(lines.filter(isRecord).map((line) => line.requestId))
    return lines
      .filter((line) => line.message === 'handler' && !ended.has(line.requestId) && isWithin(scope, line.account))
      .map((line) => ({ ...line, id: line.requestId, kind: 'request', openMs: 1 }) as unknown as LiveRequest)
  }

  books(): ReadBooks {
    return { since: '', measuredShare: 1, requestsMs: 1, jobsMs: 0, runsMs: 0, unattributedMs: 1, watchingMs: 1 }
  }

  async health(): Promise<Health> {
    return { service: 'conformance', node: process.version } as Health
  }

  #records(scope: Scope): ReadRecord[] {
    return linesIn(this.#directory)
      .filter((line) => isRecord(line) && isWithin(scope, line.account))
      .map((line) => ({ ...line, source: 'log', summary: '' }) as unknown as ReadRecord)
  }
}

function isRecord(line: Line): boolean {
  return line.logger === 'requests' && line['kind'] === 'request'
}
