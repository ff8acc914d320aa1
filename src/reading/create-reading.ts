import { matches } from '../records/filter.js'
import { isProcess, processOf } from '../records/process-name.js'
import { mayReadAccount, type ReadAccess, seesAll } from '../records/read-access.js'
import type { RecentRequests } from '../records/recent-requests.js'
import type { StoredRecord } from '../records/record.js'
import type { Page, RecordFilter, RecordStore } from '../records/record-store.js'
import { ownMembers } from '../safe-values/own-member.js'
import type { Who } from '../tracking/tracking.js'
import { type UsageSource, usageOf } from './accounts.js'
import { accountingOf, accountingSince, type MeasuredBooks, noAccounting } from './cpu-accounting.js'
import { CpuEstimates } from './cpu-estimates.js'
import { type Dependencies, dependenciesOf } from './dependencies.js'
import { RequestLines } from './files/request-lines.js'
import { find } from './find/find.js'
import { type HealthParts, healthOf } from './health.js'
import { itemOf } from './item-of-line.js'
import { KeptAnswers } from './kept-answers.js'
import { keptOf, within } from './kept-records.js'
import type { LineSource } from './line-source.js'
import type { ListedRequest } from './listed-request.js'
import { mergedList } from './merged-list.js'
import type { AccountingAnswer, Health, LiveRequest, Reading, ReadRecord, RecordsInLines } from './reading.js'
import { ReadingError } from './reading-error.js'
import { maxOverview, overviewMs, overviewOf } from './requests-overview.js'
import type { RequestsSummary } from './requests-summary.js'
import type { LineTotals } from './rows-totals.js'
import { Searches } from './searches.js'
import type { Session } from './session.js'
import { type OtherProcesses, otherProcesses } from './shared-live.js'
import { type OwnUsage, SharedUsage } from './shared-usage.js'
import { mayAskFor, shownRecord } from './shown-error.js'
import { listedRequest, readRecord } from './shown-request.js'
import { withinStoreTimeLimit } from './store-time-limit.js'
import type { ShownLine } from './story/story.js'
import { noteOnUnmeasured } from './unmeasured-note.js'
import { spanMs, type UsageAnswer, type UsageQuery, type UsageSpan } from './usage.js'

/** The sources of a reading. */
export interface ReadingParts {
  readonly store: RecordStore
  /** Requests and jobs that were not measured; undefined if they are not kept. */
  readonly recent?: RecentRequests | undefined
  /** The file of the logger `requests`, if it writes to one. */
  readonly requestsFile: string | undefined
  /** Where the lines of all processes are, if they are in no file. */
  readonly lines?: Pick<LineSource, 'search' | 'totals'> | undefined
  /** Open requests that `mayRead` accepts, in any order. `mayRead` is called before any other work on a request. */
  live(mayRead: (request: LiveRequest) => boolean): Iterable<LiveRequest>
  /** Undefined if nothing is measured. */
  books(): MeasuredBooks | undefined
  /** The totals of accounts and routes. */
  readonly usage: OwnUsage
  readonly health: HealthParts
  /** What is read, without what depends on the reader. */
  session(): Omit<Session, 'read' | 'account' | 'user' | 'internals' | 'mayMeasure'>
  /** True if a user's own requests may be measured. */
  mayMeasure(who: Who): boolean
  /** The queue of searches that this reading shares with others. */
  readonly searches?: Searches | undefined
  /** How long the store has to answer. Default 2 s. */
  readonly withinMs?: number | undefined
  /** Called when the store failed and the answer was made without it. The message names the store. */
  readonly onStoreFailure?: ((message: string) => void) | undefined
}

interface KeptRecords {
  readonly records: readonly StoredRecord[]
  readonly failure?: { readonly error: unknown }
}

interface Newest {
  readonly records: readonly StoredRecord[]
  readonly isCut: boolean
}

// Several pages ask for the same sentence every second.
const overviewForMs = 1_000
const dependenciesForMs = 5_000
const totalsForMs = 10_000

/** Creates the only way to read records and open requests. */
export function createReading(parts: ReadingParts): Reading {
  return new PartsReading(parts)
}

class PartsReading implements Reading {
  readonly #parts: ReadingParts
  readonly #withinMs: number
  readonly #lines: Pick<RequestLines, 'find'> | undefined
  readonly #usage: SharedUsage
  readonly #totals = new KeptAnswers<LineTotals>(totalsForMs)
  readonly #estimates: CpuEstimates
  readonly #dependencies = new KeptAnswers<Dependencies>(dependenciesForMs)
  readonly #overviews = new KeptAnswers<RequestsSummary>(overviewForMs)

  constructor(parts: ReadingParts) {
    const { requestsFile, lines, searches, withinMs = 2_000 } = parts
    this.#parts = parts
    this.#withinMs = withinMs
    this.#usage = new SharedUsage(parts.usage, parts.store, (ask) => this.#ask(ask))
    const { safe, instance } = parts.usage
    this.#estimates = new CpuEstimates({ read: (query) => this.#usage.known.read(query), safe, instance })
    const ofFile = requestsFile === undefined ? undefined : new RequestLines({ file: requestsFile, searches })
    this.#lines = ofFile ?? (lines && recordsOf(lines, searches))
  }

  async record(access: ReadAccess, id: string, inLines?: RecordsInLines): Promise<ReadRecord | undefined> {
    // An invalid `access` throws before any source is asked.
    mayReadAccount(access, undefined)
    const estimate = this.#estimates.of(access)
    const shown = (records: readonly StoredRecord[]): StoredRecord[] => records.map((one) => shownRecord(access, one))
    const recent = this.#parts.recent?.find(access, id) ?? []
    const { records, failure } = await this.#kept(access, id)
    const kept = [...records, ...recent]
    const of = (found: readonly StoredRecord[], source: ReadRecord['source']): ReadRecord | undefined => {
      const record = readRecord(shown(found), id, source, estimate)
      return record === undefined || failure === undefined ? record : { ...record, storeFailed: true }
    }
    const first = kept.find((one) => one.id === id) ?? kept[0]
    if (first !== undefined && (first.cpu !== undefined || first.error === undefined)) return of(kept, 'memory')
    // Of a failure that was not measured, memory has the code only: the line has all of it.
    const lines = await this.#linesOf(() => inLines?.() ?? this.#lines?.find(access, id), first !== undefined)
    const isBetter = lines.some((one) => first === undefined || one.id === first.id)
    const record = isBetter ? of(lines, 'log') : of(kept, 'memory')
    // Whether there is such a record is unknown: only the store could tell.
    if (record === undefined && failure !== undefined) throw failure.error
    return record
  }

  async list(access: ReadAccess, filter: RecordFilter): Promise<Page<ListedRequest>> {
    const estimate = this.#estimates.of(access)
    const { items, next } = await this.#page(access, filter)
    const listed = items.map((record) => listedRequest(record, estimate))
    return next === undefined ? { items: listed } : { items: listed, next }
  }

  item(access: ReadAccess, line: ShownLine): ListedRequest | ShownLine {
    // The files are local, and the process writes some of their lines itself.
    const host = processOf(this.#parts.usage.instance)?.host
    return itemOf({ line, host }, access, this.#estimates.of(access))
  }

  async overview(access: ReadAccess, filter: RecordFilter): Promise<RequestsSummary> {
    mayReadAccount(access, undefined)
    const { fields, ...asked } = filter
    const key = JSON.stringify([access.account, access.isEmpty, access.internals, asked, fields])
    return this.#overviews.get(key, () => this.#overview(access, filter))
  }

  async session(access: ReadAccess, reader: Who): Promise<Session> {
    const { account, internals } = access
    const own = this.#parts.session()
    const { processes } = await this.#others(access)
    return {
      ...own,
      processes: [...own.processes, ...processes],
      read: seesAll(access) ? 'all' : 'account',
      ...(account === undefined ? {} : { account }),
      ...(reader.user === undefined ? {} : { user: reader.user }),
      internals,
      mayMeasure: this.#parts.mayMeasure(reader),
    }
  }

  async live(access: ReadAccess, process?: string): Promise<readonly LiveRequest[]> {
    // An invalid `access` throws before any source is asked.
    mayReadAccount(access, undefined)
    return this.#liveOf(access, await this.#others(access), process)
  }

  #liveOf(access: ReadAccess, { items }: OtherProcesses, process?: string): LiveRequest[] {
    const mayRead = ({ account, instance = '' }: LiveRequest): boolean =>
      mayReadAccount(access, account) && isProcess(instance, process)
    return [...this.#parts.live(mayRead), ...items].filter(mayRead).sort((a, b) => b.openMs - a.openMs)
  }

  async accounting(access: ReadAccess, span?: UsageSpan): Promise<AccountingAnswer> {
    if (!seesAll(access)) return undefined
    const measured = this.#parts.books()
    if (measured === undefined) return noAccounting
    if (span === undefined) return accountingSince(measured)
    const usage = await this.#usage.of(spanMs[span])
    return accountingOf(usage.read({ by: 'route', spanMs: spanMs[span] }), span)
  }

  async usage(access: ReadAccess, of: 'account' | 'route', query: UsageQuery): Promise<UsageAnswer> {
    // An invalid `access` throws before any source is asked.
    mayReadAccount(access, undefined)
    const { store, lines } = this.#parts
    // Totals of the store have the CPU of windows, too.
    const ofLines =
      store.totals === undefined && lines !== undefined ? await this.#totalsOf(lines, access, query) : undefined
    const usage = ofLines ?? (await this.#usage.of(spanMs[query.span ?? '1h'], query.process))
    return usageOf(usage, access, of, query)
  }

  /** The totals of all processes from their lines; undefined if these cannot be read now. */
  async #totalsOf(
    lines: Pick<LineSource, 'totals'>,
    access: ReadAccess,
    { span = '1h', process }: UsageQuery,
  ): Promise<UsageSource | undefined> {
    const key = JSON.stringify([access.account, access.isEmpty, span, process])
    const asked = { access, from: Date.now() - spanMs[span], process }
    try {
      return (await this.#totals.get(key, () => lines.totals(asked))).usage
    } catch (error) {
      this.#parts.onStoreFailure?.(error instanceof ReadingError ? error.message : String(error))
      return undefined
    }
  }

  async health(access: ReadAccess): Promise<Health | undefined> {
    if (!seesAll(access)) return undefined
    return healthOf(this.#parts.health, this.#parts.store, this.#withinMs)
  }

  #others(access: ReadAccess): Promise<OtherProcesses> {
    return otherProcesses(this.#parts.store, (ask) => this.#ask(ask), access, this.#parts.usage)
  }

  async dependencies(access: ReadAccess): Promise<Dependencies | undefined> {
    if (!seesAll(access)) return undefined
    return this.#dependencies.get('all', async () => {
      const to = Date.now()
      const { records, isCut } = await this.#newest(access, {}, to - overviewMs)
      const oldest = Date.parse(records.at(-1)?.startedAt ?? '')
      const known = isCut ? oldest : Math.max(to - overviewMs, Math.min(performance.timeOrigin, oldest || to))
      return dependenciesOf(records, Math.round(known), to)
    })
  }

  /** One page as the reader may see it, of both lists or of the one that the filter asks for. */
  async #page(access: ReadAccess, filter: RecordFilter): Promise<Page<StoredRecord>> {
    mayReadAccount(access, undefined)
    const { measured, ...others } = filter
    const rest: RecordFilter = ownMembers(others)
    const { recent } = this.#parts
    if (filter.errorCode !== undefined && !mayAskFor(access, filter.errorCode)) return { items: [] }
    // The store may be of a time before these filters.
    const isMatch = matches(ownMembers({ process: rest.process, text: rest.text }))
    const ofStore = async (asked: RecordFilter): Promise<Page<StoredRecord>> => {
      const { items, ...page } = await this.#ask((store) => store.list(access, asked))
      return { ...page, items: within(access, items).filter(isMatch) }
    }
    const ofRecent = async (asked: RecordFilter): Promise<Page<StoredRecord>> =>
      recent === undefined ? { items: [] } : recent.list(access, asked)
    const page =
      measured === true || recent === undefined
        ? await ofStore(measured === false ? ownMembers({ ...rest, measured }) : rest)
        : measured === false
          ? await ofRecent(rest)
          : await mergedList(rest, ofStore, ofRecent)
    return { ...page, items: page.items.map((record) => shownRecord(access, record)) }
  }

  /** The newest since a time; `isCut` if there are more of them. */
  async #newest(access: ReadAccess, filter: RecordFilter, from: number): Promise<Newest> {
    const records: StoredRecord[] = []
    let before: string | undefined
    do {
      const page: Page<StoredRecord> = await this.#page(access, ownMembers({ ...filter, from, before, limit: 200 }))
      records.push(...page.items)
      before = page.next
    } while (before !== undefined && records.length < maxOverview)
    return { records, isCut: before !== undefined }
  }

  async #overview(access: ReadAccess, filter: RecordFilter): Promise<RequestsSummary> {
    const to = Date.now()
    const since = to - overviewMs
    const { records, isCut } = await this.#newest(access, filter, since)
    const oldest = records.at(-1)
    const oldestStart = oldest === undefined ? to : Date.parse(oldest.startedAt)
    // What memory no longer has is not counted, so the time before is left out. When that was would tell a reader of one account
    // how much others do.
    const removed = this.#parts.recent?.state.since ?? 0
    const isShort = removed > since
    const known = isCut ? oldestStart : isShort ? (seesAll(access) ? removed : oldestStart) : since
    // A process that is younger than the span has answered since its start, unless the store has records of others.
    const from = Math.max(known, Math.min(Math.round(performance.timeOrigin), oldestStart))
    const others = await this.#others(access)
    const note = noteOnUnmeasured(this.#parts, filter, others)
    const test = liveTest(filter)
    const inFlight = this.#liveOf(access, others, filter.process).filter((one) => !one.isLost && test(one)).length
    const counted = records.filter(({ startedAt }) => Date.parse(startedAt) >= from)
    return overviewOf({ records: counted, from, to, isCut: isCut || isShort, inFlight, note })
  }

  /**
   * The record with this id first, then all with its request id. A store that fails has none of them, and the reading goes on: the
   * line in the files may have the answer.
   */
  async #kept(access: ReadAccess, id: string): Promise<KeptRecords> {
    try {
      return { records: await this.#ask((store) => keptOf(store, access, id)) }
    } catch (error) {
      this.#parts.onStoreFailure?.(error instanceof ReadingError ? error.message : String(error))
      return { records: [], failure: { error } }
    }
  }

  /** The lines of a request; nothing if memory has it, too, and the lines cannot be searched now. */
  async #linesOf(
    search: () => ReturnType<RecordsInLines> | undefined,
    isKnown: boolean,
  ): Promise<readonly StoredRecord[]> {
    try {
      return (await search()) ?? []
    } catch (error) {
      if (isKnown) return []
      throw error
    }
  }

  #ask<T>(ask: (store: RecordStore) => T | Promise<T>): Promise<T> {
    return withinStoreTimeLimit(this.#parts.store, this.#withinMs, ask)
  }
}

/** Finds records in lines that are in no file. */
function recordsOf(lines: Pick<LineSource, 'search'>, searches = new Searches()): Pick<RequestLines, 'find'> {
  return {
    find: (access, id) =>
      searches.run(access, async () => [...(await find(lines.search(access), { id })).records].reverse()),
  }
}

/** True for open work that a filter selects, as far as that is known before the end. */
function liveTest({ account, user, route, kind, parentId }: RecordFilter): (live: LiveRequest) => boolean {
  const wanted = Object.entries({ account, user, route, kind, parentId }).filter(([, value]) => value !== undefined)
  return (live) => wanted.every(([name, value]) => live[name as keyof LiveRequest] === value)
}
