import { type SpanIds, spanOf } from '../context/active-span.js'
import { knownContext } from '../context/known-context.js'
import type { WorkContext } from '../context/request-context.js'
import { isOwnWork } from '../process/own-work.js'
import type { Listed, OpenList } from '../work/open-list.js'
import { type QueryKind, QueryList, type QueryRun } from '../work/queries.js'
import { queryErrorCode } from './error-code.js'
import { registry } from './registry.js'

/** Follows a query from its call to its end. Each event may come late, twice or never. */
export class OpenQuery implements QueryRun, Listed<OpenQuery> {
  /** A client may know what the query asks only later. Set it before the end. */
  kind: QueryKind
  readonly start: number = performance.now()
  end: number | undefined = undefined
  rows: number | undefined = undefined
  errorCode: string | undefined = undefined
  unfinished: true | undefined = undefined
  /** Spoor sent it itself, so no watcher is told. */
  isOwn = false
  /** Set by the list of open queries. */
  list: OpenList<OpenQuery> | undefined = undefined
  earlier: OpenQuery | undefined = undefined
  later: OpenQuery | undefined = undefined
  /** The context that sent the query; undefined outside any request, job and scope. */
  readonly context: WorkContext | undefined
  /** The span of OpenTelemetry that was active at the start. */
  readonly span: SpanIds | undefined

  constructor(kind: QueryKind, context: WorkContext | undefined) {
    this.kind = kind
    this.context = context
    this.span = spanOf(context)
  }

  /** Ends the query. Later calls do nothing. @param rows the number of rows that were returned or changed, if the client says it */
  finish(rows?: unknown): void {
    if (this.end !== undefined) return
    if (typeof rows === 'number' && Number.isFinite(rows)) this.rows = rows
    this.#ended()
  }

  /** Ends the query with the error that made it fail. Later calls do nothing. */
  fail(error: unknown): void {
    if (this.end !== undefined) return
    this.errorCode = queryErrorCode(error)
    if (!this.isOwn) for (const watcher of registry.watchers) watcher.onError(error, this.kind.system)
    this.#ended()
  }

  /** Ends the query without its real end, because Spoor will not see that end. */
  leave(): void {
    if (this.end !== undefined) return
    this.unfinished = true
    this.#ended()
  }

  #ended(): void {
    this.end = performance.now()
    if (this.isOwn) return
    registry.open.delete(this)
    this.context?.work.queries?.end(this)
    for (const watcher of registry.watchers) watcher.onQuery(this)
  }
}

/** Begins a query of the current request. */
export function beginQuery(kind: QueryKind): OpenQuery {
  return beginQueryOf(knownContext(), kind)
}

/** Begins a query of the context that asked for it. */
export function beginQueryOf(context: WorkContext | undefined, kind: QueryKind): OpenQuery {
  const query = new OpenQuery(kind, context)
  if (isOwnWork()) {
    query.isOwn = true
    return query
  }
  noteOpen(query)
  if (context === undefined) registry.nowhere++
  else {
    if (context.work.line === 'written') registry.late++
    queriesOf(context).begin(query)
  }
  return query
}

/** Each open query keeps its request in memory, and some queries never end. */
const maxOpen = 10_000

/** Notes an open query. Beyond the limit, the oldest open query is left unfinished. */
function noteOpen(query: OpenQuery): void {
  const { open } = registry
  open.add(query)
  if (open.size > maxOpen) open.earliest?.leave()
}

/** Counts a query whose request is unknown. */
export function beginUnknown(): void {
  registry.unknown++
}

/** The queries of a request, job or scope. */
export function queriesOf({ work }: WorkContext): QueryList {
  work.queries ??= new QueryList()
  return work.queries
}
