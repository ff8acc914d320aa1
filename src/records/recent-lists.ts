import { type Call, CallList } from '../work/calls.js'
import { QueryList, type QueryRun } from '../work/queries.js'
import type { QueuedJob } from '../work/steps.js'
import { newWork, type Work } from '../work/work.js'

/** The calls, queries and jobs of a request that was not measured, with their times. */
export interface RecentLists {
  readonly startTick: number
  readonly calls: readonly Call[]
  readonly runs: readonly QueryRun[]
  readonly jobs: readonly QueuedJob[]
}

const maxCalls = 16
const maxRuns = 32
const none: readonly never[] = []

/**
 * Copies the lists of a request that has ended. Undefined if it has none, or too many: a part of them would be drawn as if it were
 * all. The copies hold no context, and no list of open queries.
 */
export function recentLists(work: Work, startTick: number): RecentLists | undefined {
  const { calls, queries, jobs = none } = work
  if (calls === undefined && queries === undefined && jobs.length === 0) return undefined
  const now = performance.now()
  const isWhole =
    (calls === undefined || (calls.kept.length <= maxCalls && calls.sum(now).calls === calls.kept.length)) &&
    (queries === undefined || (queries.runs.length <= maxRuns && queries.sum(now).calls === queries.runs.length))
  if (!isWhole) return undefined
  return { startTick, calls: calls?.kept.map(callOf) ?? none, runs: queries?.runs.map(runOf) ?? none, jobs: [...jobs] }
}

function callOf(call: Call): Call {
  const { method, host, route, start, firstByte, end, status, errorCode, reused, readBytes, writtenBytes } = call
  return { method, host, route, start, firstByte, end, status, errorCode, reused, readBytes, writtenBytes }
}

function runOf({ kind, start, end, rows, errorCode, unfinished }: QueryRun): QueryRun {
  return { kind, start, end, rows, errorCode, unfinished }
}

/** Work with these lists, for the stored form of a record. */
export function workWith({ calls, runs, jobs }: RecentLists): Work {
  const [callList, queryList] = [new CallList(), new QueryList()]
  for (const call of calls) {
    callList.begin(call)
    if (call.end !== undefined) callList.end(call)
  }
  for (const run of runs) {
    queryList.begin(run)
    if (run.end !== undefined) queryList.end(run)
  }
  return {
    ...newWork(),
    calls: calls.length === 0 ? undefined : callList,
    queries: runs.length === 0 ? undefined : queryList,
    jobs: [...jobs],
  }
}

// What one takes on the heap (Node 24), with its numbers.
const callBytes = 240
const runBytes = 130
const jobBytes = 100

/** The estimated size. Texts of queries belong to all requests that send them. */
export function listsBytes({ calls, runs, jobs }: RecentLists): number {
  const routes = calls.reduce((sum, { route }) => sum + route.length, 0)
  return callBytes * calls.length + routes + runBytes * runs.length + jobBytes * jobs.length
}
