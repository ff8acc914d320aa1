import type { StoredRecord } from '../../records/record.js'
import type { Hit } from './hits.js'
import { boundsOf, type LineSearch, type Searched } from './line-search.js'

/** What to find. */
export interface FindAsked {
  /** A request id, a record id, or the id that the client sent. */
  readonly id: string
  /** Reads only where the time in the id and the request line say. */
  readonly quick?: boolean | undefined
  /** Also finds the lines of the jobs, to any depth. */
  readonly jobs?: boolean | undefined
}

/** Everything that log lines tell about one request or job. */
export interface Found {
  readonly id: string
  /** Its request line, or the line of each attempt at a job, oldest first. */
  readonly records: readonly StoredRecord[]
  /** Its lines in the order of their times, without request lines. Lines of other programs come last. */
  readonly lines: readonly Hit[]
  /** The work that it started under ids of their own. */
  readonly children: readonly FoundChild[]
  /** The requests that came back for it, such as webhooks: it is their parent, or their trace is the same. */
  readonly cameBack: readonly StoredRecord[]
  readonly completeness: Completeness
  readonly searched: Searched
  /** Files that could not be opened: they were removed while the search ran, or this process may not read them. */
  readonly vanished: readonly string[]
  /** How many lines were found and left out, because there are too many. */
  readonly leftOut: number
}

/** A job, or a scope of `spoor.run`. */
export interface FoundChild {
  readonly id: string
  readonly parentId: string
  /** The line of each attempt at a job. Empty for a scope, and for a job of which no attempt has ended. */
  readonly records: readonly StoredRecord[]
  /** Its lines; empty unless the search followed jobs. */
  readonly lines: readonly Hit[]
}

/**
 * - `told`: the request line says how many lines and jobs there are, and all of them were found
 * - `searched`: all files were read to their end
 * - `quick`: there may be more lines elsewhere
 */
export type Completeness = 'told' | 'searched' | 'quick'

/** In a quick search, a request whose line is not found is taken to last no longer. */
const longestMs = 600_000
const maxDepth = 20
/** More ids than this are searched in one pass. */
const maxPasses = 4

/**
 * Finds the lines of a request or job. The time in the id says where to begin. The request line says where to end, and how many
 * lines and jobs there are. Unless all of them are there, everything is read.
 */
export async function find(search: LineSearch, { id: given, quick = false, jobs = false }: FindAsked): Promise<Found> {
  const story = new Story(search, quick)
  const id = await story.search(given)
  if (jobs) await story.followJobs(id)
  return story.told(id, given, jobs)
}

/** One search for a request and its jobs. */
class Story {
  readonly #search: LineSearch
  readonly #isQuick: boolean
  #completeness: Completeness = 'told'

  constructor(search: LineSearch, isQuick: boolean) {
    this.#search = search
    this.#isQuick = isQuick
  }

  /** Searches one id. @returns the request id: the given id may be that of a record, of the client or of a trace */
  async search(given: string): Promise<string> {
    await this.#within([given])
    let id = this.#requestIdOf(given)
    if (id !== given) await this.#within([id])
    if (!this.#isComplete(id)) {
      this.#completeness = this.#isQuick ? 'quick' : 'searched'
      if (!this.#isQuick) {
        await this.#search.everywhere(id === given ? [id] : [given, id])
        const later = this.#requestIdOf(given)
        if (later !== id) await this.#search.everywhere([later])
        id = later
      }
    }
    await this.#searchTrace(id)
    return id
  }

  /** Searches the jobs of a request, their jobs, and so on. */
  async followJobs(id: string): Promise<void> {
    const seen = new Set([id])
    for (let depth = 0, parents = [id]; depth < maxDepth && parents.length > 0; depth++) {
      const next = new Set(parents.flatMap((parent) => this.#search.hits.childrenOf(parent)))
      for (const child of seen) next.delete(child)
      for (const child of next) seen.add(child)
      parents = [...next]
      if (parents.length > maxPasses && !this.#isQuick) await this.#search.everywhere(parents)
      else if (parents.length > maxPasses) await this.#within(parents)
      else for (const child of parents) await this.#within([child])
      const open = parents.filter((child) => !this.#isComplete(child))
      if (open.length > 0) {
        this.#completeness = this.#isQuick ? 'quick' : 'searched'
        // Everything is read, so lines of other programs with the first id are found as well.
        if (!this.#isQuick) await this.#search.everywhere([id, ...open])
      }
    }
  }

  /** @param given the id that was asked for: lines of other programs may have that one */
  told(id: string, given: string, withLines: boolean): Found {
    const { searched, vanished, hits } = this.#search
    const isCut = vanished.length > 0 || hits.leftOut > 0
    const own = this.#foreignLines([id, given])
    const ofChildren = foreignById(hits.foreign, new Set(own))
    const withForeign = (child: FoundChild): FoundChild => {
      const more = ofChildren.get(child.id)
      return more === undefined ? child : { ...child, lines: byTime([...child.lines, ...more]) }
    }
    return {
      id,
      records: this.#records(id),
      lines: byTime([...this.#linesOf(id), ...own]),
      children: withLines
        ? this.#allChildren(id).map(withForeign)
        : this.#children(id).map((child) => ({ ...child, lines: [] })),
      cameBack: this.#cameBack(id),
      completeness: isCut ? 'quick' : this.#completeness,
      searched,
      vanished,
      leftOut: hits.leftOut,
    }
  }

  async #within(ids: readonly string[]): Promise<void> {
    const bounds = boundsOf(ids, this.#search.hits, this.#isQuick ? longestMs : Number.POSITIVE_INFINITY)
    await this.#search.within(ids, bounds, !this.#isQuick)
  }

  /** Requests of the same trace have other ids. Their request lines come later than this one. */
  async #searchTrace(id: string): Promise<void> {
    const trace = this.#traceOf(id)
    if (this.#isQuick || trace === undefined) return
    const { from } = boundsOf([id], this.#search.hits, 0)
    await this.#search.requestLines(trace, from)
  }

  #traceOf(id: string): string | undefined {
    return this.#search.hits.linesOf(id).find(({ line }) => line?.traceId !== undefined)?.line?.traceId
  }

  /** The request id of the request that bears an id. */
  #requestIdOf(id: string): string {
    const { hits } = this.#search
    if (hits.linesOf(id).length > 0) return id
    return hits.recordsOf(id)[0]?.requestId ?? hits.requestOfTrace(id) ?? id
  }

  /** The records of a request or job, oldest first, with what came late. */
  #records(id: string): StoredRecord[] {
    const { hits } = this.#search
    return hits
      .recordsOf(id)
      .filter(({ requestId }) => requestId === id)
      .map((record) => ({ ...record, ...hits.lateOf(record.id) }))
      .sort(byStart)
  }

  #linesOf(id: string): Hit[] {
    return this.#search.hits.linesOf(id).filter(({ line }) => line !== undefined && !isOfRequests(line))
  }

  /** Lines of other programs. */
  #foreignLines(ids: readonly string[]): Hit[] {
    return this.#search.hits.foreign.filter(({ text = '' }) => ids.some((id) => hasId(text, id)))
  }

  #children(parent: string): FoundChild[] {
    return this.#search.hits
      .childrenOf(parent)
      .map((id) => ({ id, parentId: parent, records: this.#records(id), lines: byTime(this.#linesOf(id)) }))
      .sort((a, b) => startOf(a) - startOf(b))
  }

  #allChildren(parent: string, seen = new Set([parent])): FoundChild[] {
    const own = this.#children(parent).filter(({ id }) => !seen.has(id))
    for (const { id } of own) seen.add(id)
    return own.flatMap((child) => [child, ...this.#allChildren(child.id, seen)])
  }

  #cameBack(id: string): StoredRecord[] {
    const trace = this.#traceOf(id)
    const [first] = this.#records(id)
    const isBack = ({ line, record }: Hit): boolean => {
      if (record?.kind !== 'request' || record.requestId === id) return false
      // An untrusted caller, such as a site that sends a webhook, names the request as its own.
      if (record.parentId === id || record.clientRequestId === id) return true
      const isOfTrace = line?.traceId === trace || record.clientTraceId === trace
      return trace !== undefined && isOfTrace && record.startedAt >= (first?.startedAt ?? '')
    }
    return this.#search.hits.outcomes
      .filter(isBack)
      .map(({ record }) => record as StoredRecord)
      .sort(byStart)
  }

  /** True if the request line says how much there is, and all of it was found. */
  #isComplete(id: string): boolean {
    const records = this.#records(id)
    const last = records.at(-1)
    // A scope has no line of its own: its lines are counted on the line of its request.
    if (last === undefined || last.willRetry === true) return false
    if (records.some((record) => this.#search.hits.hasLateLines(record.id))) return false
    const children = this.#children(id)
    const scopes = children.filter((child) => child.records.length === 0)
    const found = writtenLines([...this.#linesOf(id), ...scopes.flatMap(({ lines }) => lines)])
    const told = records.reduce((sum, { logs }) => sum + (logs?.lines ?? Number.NaN), 0)
    const over = children.filter((child) => child.records.length > 0 && child.records.at(-1)?.willRetry !== true)
    const queued = records.reduce((sum, { jobsQueued = 0 }) => sum + jobsQueued, 0)
    return found >= told && over.length >= queued
  }
}

const uuids = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g

/**
 * True for a text with the id, not only with a longer one such as `order-17` for `order-1`. In front of an id may be the end of an
 * escape, such as the `n` of a newline, and behind a trace id a hyphen.
 */
function hasId(text: string, id: string): boolean {
  for (let at = text.indexOf(id); at >= 0; at = text.indexOf(id, at + 1)) {
    if (!/[\da-z]/i.test(text.charAt(at + id.length))) return true
  }
  return false
}

/** Lines of other programs by the ids in them. */
function foreignById(hits: readonly Hit[], without: ReadonlySet<Hit>): ReadonlyMap<string, Hit[]> {
  const byId = new Map<string, Hit[]>()
  for (const hit of hits) {
    if (without.has(hit)) continue
    for (const id of new Set(hit.text?.match(uuids))) byId.set(id, [...(byId.get(id) ?? []), hit])
  }
  return byId
}

/** The name of the live file of a backup. */
function liveName(name: string): string {
  return name.replace(/\.\d{1,4}$/, '')
}

/** How many lines these are at least. A logger may write each line to several files, where it is found several times. */
function writtenLines(hits: readonly Hit[]): number {
  const byLogger = new Map<string, Map<string, number>>()
  for (const { line, file } of hits) {
    const group = liveName(file.name)
    const counts = byLogger.get(line?.logger ?? '') ?? new Map<string, number>()
    counts.set(group, (counts.get(group) ?? 0) + 1)
    byLogger.set(line?.logger ?? '', counts)
  }
  return [...byLogger.values()].reduce((sum, counts) => sum + Math.max(...counts.values()), 0)
}

/** True for the lines that Spoor writes about requests: records, late lines and totals. */
function isOfRequests({ logger }: NonNullable<Hit['line']>): boolean {
  return logger === 'requests'
}

function byStart(a: StoredRecord, b: StoredRecord): number {
  return a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : 0
}

function startOf({ records, lines }: FoundChild): number {
  const [record] = records
  return record === undefined ? (lines[0]?.line?.time ?? 0) : Date.parse(record.startedAt)
}

/** Lines of one time stay in the order in which they were found. Lines without a time come last. */
function byTime(hits: readonly Hit[]): Hit[] {
  const timeOf = ({ line }: Hit): number => line?.time ?? Number.MAX_VALUE
  return [...hits].sort((a, b) => timeOf(a) - timeOf(b))
}
