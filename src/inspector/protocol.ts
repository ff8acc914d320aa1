/*
 * What the inspector's API answers, as types alone: the page imports this file and nothing else of Spoor's sources. All
 * times are ms (`startMs`: after the start), ISO 8601 in UTC where they are texts; sizes are bytes. A member that is not
 * known is absent, never 0. docs/inspector-api.md explains every member.
 *
 * GET, below the mount:
 *
 *   api/session                  Session
 *   api/requests?…               RequestPage        newest first
 *   api/requests/:id             RequestDetail      measured or not; 404 for unknown and foreign ids
 *   api/requests/:id/logs        RequestLines       ?jobs=true; ?as=story: RequestStory
 *   api/requests/:id?as=markdown text/markdown      for an agent
 *   api/summary?…                RequestsSummary    the filters of api/requests, without before, limit, from and to
 *   api/live-requests?process=   LivePage           in flight, oldest first
 *   api/accounts?…               UsageAnswer        span, by, process
 *   api/routes?…                 UsageAnswer        span, by, account, process
 *   api/accounting?span=         CpuAccounting      NoCpuAccounting while none was measured; readers of everything only
 *   api/health                   Health             readers of everything only
 *   api/dependencies             Dependencies       readers of everything only
 *   api/logs?…                   LinePage           newest first
 *   api/live?…                   event stream       LiveEvents by name of the event; the filters of api/logs
 *
 * Every error is a Problem (application/problem+json), or `{ error: Problem }` where the service chose that form.
 */

import type { LinePage, LinesAsked } from '../reading/lines/line-page.js'
import type { ListedRequest, Measured } from '../reading/listed-request.js'
import type { LiveRequest, ReadRecord } from '../reading/reading.js'
import type { Story } from '../reading/story/story.js'
import type { RecordFilter } from '../records/record-store.js'

export type { Dependencies, DependencyUse, SlowQuery } from '../reading/dependencies.js'
export type { FoundPart } from '../reading/found-parts.js'
export type { LinePage } from '../reading/lines/line-page.js'
export type { CpuEstimate, ListedRequest, Measured } from '../reading/listed-request.js'
export type {
  CpuAccounting,
  Health,
  LiveRequest,
  LogFileHealth,
  NoCpuAccounting,
  Trouble,
  VitalSample,
  Vitals,
} from '../reading/reading.js'
export type { RequestPoint, RequestsSummary, TimeOf } from '../reading/requests-summary.js'
export type { SentencePiece } from '../reading/sentence-piece.js'
export type { ProcessSeen, Session } from '../reading/session.js'
export type { ShownLine, StoryChild } from '../reading/story/story.js'
export type { TimeKind, ToldPart } from '../reading/told-parts.js'
export type { RankedBy, UsageAnswer, UsageItem, UsageOfRoute, UsageQuery, UsageSpan } from '../reading/usage.js'
export type {
  HeldUpBy,
  PoolHolder,
  QuerySum,
  RecordedCall,
  RecordedHold,
  RecordedJob,
  RecordedPoolWait,
  RecordedQueryKind,
  RecordedQueryRun,
  RecordedStep,
  RecordIo,
  RepeatedQuery,
} from '../records/record-parts.js'
export type { DominantTime } from '../records/record-store.js'
export type { Waits } from '../records/waits.js'

/** The parameters of `api/requests`. A field that the service added is `field.NAME=value`. */
export type RequestsQuery = Omit<RecordFilter, 'requestId' | 'fields' | 'mostly'>

/** The parameters of `api/logs`. A field is `field.NAME=value`; `logger` may be given several times. */
export type LinesQuery = Omit<LinesAsked, 'loggers' | 'fields'>

export interface RequestPage {
  readonly items: readonly ListedRequest[]
  /** Pass it as `before` to get the next page. Absent on the last page. */
  readonly next?: string | undefined
}

export interface LivePage {
  readonly items: readonly LiveRequest[]
}

/** One request or job. Lists that only measuring fills (`steps`, `heldUp`, `timeline`, …) are empty if it was not measured. */
export type RequestDetail = ReadRecord & Measured

/** The log lines of a request or job, oldest first. */
export interface RequestLines {
  readonly items: LinePage['items']
  readonly complete: boolean
  readonly completeness: Story['completeness']
}

/** Everything that the log files have about an id. */
export type RequestStory = Story

/** The data of each event of `api/live`, by the event's name. */
export interface LiveEvents {
  readonly line: LinePage['items'][number]
  /** The line of a finished request or job; with `?items=true` the item that `api/requests` would have. */
  readonly request: LinePage['items'][number] | ListedRequest
  /** Lines that this viewer missed. */
  readonly dropped: { readonly lines: number }
  /** A log file became a backup; only for readers of everything, and not with `?items=true`. */
  readonly rotated: { readonly file: string; readonly bytes: number }
  readonly end: Readonly<Record<string, never>>
}

/** An error of the API. */
export interface Problem {
  readonly type: string
  readonly title?: string | undefined
  readonly status: number
  /** `unauthorized`, `forbidden`, `not_found`, `misdirected_request`, `busy`, `store_failed`, … */
  readonly code: string
  readonly detail?: string | undefined
  readonly requestId?: string | undefined
}
