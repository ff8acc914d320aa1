import { namedWork } from '../context/named-work.js'
import type { WorkContext } from '../context/request-context.js'
import { roundedMs } from '../safe-values/rounded-ms.js'
import type { TimeSum } from '../work/open-time.js'
import type { PoolWait, QueryKindSum, QueryList } from '../work/queries.js'
import type { QuerySum, RecordedPoolWait, RecordedQueryKind, RecordedQueryRun, RepeatedQuery } from './record-parts.js'

/** A text that was sent this often or more is reported as repeated. */
const minRepeated = 5
const maxRepeated = 5
const maxKinds = 20
const maxTextLength = 512
const maxNameLength = 255
// It is normal that the statements of transactions repeat.
const transaction = /^(?:BEGIN|START|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET)\b/

/** The sum of the queries of a request or job, as its line and record have it. Undefined without queries and waits. */
export function querySum(list: QueryList | undefined): QuerySum | undefined {
  if (list === undefined) return undefined
  const now = performance.now()
  const pool = list.poolSum(now)
  const repeated = repeatedOf(list.kinds(now))
  const bySystem = Object.entries(list.bySystem(now)).map(([system, sum]) => [system, rounded(sum)] as const)
  return {
    ...rounded(list.sum(now)),
    busyMs: roundedMs(list.busyMs(now)),
    slowestMs: roundedMs(list.slowestMs(now)),
    poolMs: pool && roundedMs(pool.ms),
    holdMs: list.holdMs === undefined ? undefined : roundedMs(list.holdMs),
    rows: list.rows,
    errors: list.errors || undefined,
    bySystem: Object.fromEntries(bySystem),
    repeated: repeated.length === 0 ? undefined : repeated,
  }
}

/** The texts that were sent five times or more, the most frequent first. */
function repeatedOf(kinds: readonly QueryKindSum[]): RepeatedQuery[] {
  const repeated = kinds.filter(({ kind, calls }) => calls >= minRepeated && isNotable(kind.text, kind.summary))
  repeated.sort((one, other) => other.calls - one.calls)
  return repeated.slice(0, maxRepeated).map(({ kind: { system, summary }, calls, ms }) => {
    return { system, summary, calls, ms: roundedMs(ms) }
  })
}

// Queries with the same summary may be different, so only the same text is a repetition.
function isNotable(text: string | undefined, summary: string | undefined): boolean {
  return text !== undefined && (summary === undefined || !transaction.test(summary))
}

/** The lists of a record. */
export interface QueryLists {
  readonly queryKinds: readonly RecordedQueryKind[]
  readonly queryRuns: readonly RecordedQueryRun[]
  readonly poolWaits: readonly RecordedPoolWait[]
}

const none: QueryLists = { queryKinds: [], queryRuns: [], poolWaits: [] }

/**
 * @param now the end of the record: open queries count until then
 * @param since ms from the start of the record to a tick
 * @param text makes a text safe, as in lines, and cuts it: the service may give summaries and names of databases
 */
export function queryLists(
  list: QueryList | undefined,
  now: number,
  since: (tick: number) => number,
  text: (value: string, most: number) => string,
): QueryLists {
  if (list === undefined) return none
  const kinds = list.kinds(now).slice(0, maxKinds)
  const places = new Map(kinds.map(({ kind }, place) => [textOf(kind), place]))
  return {
    queryKinds: kinds.map((sum) => recordedKind(sum, text)),
    queryRuns: list.runs.map(({ kind, start, end, rows, errorCode, unfinished }) => ({
      startMs: since(start),
      durationMs: end === undefined || unfinished ? undefined : roundedMs(end - start),
      kind: places.get(textOf(kind)),
      rows,
      errorCode,
      unfinished: end === undefined || unfinished ? true : undefined,
    })),
    poolWaits: (list.waits as PoolWait<WorkContext>[]).map(({ start, end, by }) => ({
      startMs: since(start),
      durationMs: roundedMs((end ?? start) - start),
      by: by && { ...namedWork(by.holder), ms: roundedMs(by.ms) },
    })),
  }
}

function textOf({ system, namespace = '', text, summary = '' }: QueryKindSum['kind']): string {
  return `${system}\0${namespace}\0${text ?? summary}`
}

function recordedKind(
  { kind, calls, ms, slowestMs, rows, errors }: QueryKindSum,
  safe: (value: string, most: number) => string,
): RecordedQueryKind {
  const { system, namespace, summary, text } = kind
  return {
    system,
    namespace: namespace === undefined ? undefined : safe(namespace, maxNameLength),
    summary: summary === undefined ? undefined : safe(summary, maxNameLength),
    text: text?.slice(0, maxTextLength),
    calls,
    ms: roundedMs(ms),
    slowestMs: roundedMs(slowestMs),
    rows,
    errors: errors || undefined,
  }
}

function rounded({ calls, ms }: TimeSum): TimeSum {
  return { calls, ms: roundedMs(ms) }
}
