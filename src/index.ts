export type { AlertKind } from './alerts/alert.js'
export type { AlertsOptions, BudgetOptions } from './alerts/alerts-options.js'
export type { SpanIds } from './context/active-span.js'
export type { Carried } from './context/carrier.js'
export { type ContextFields, contextFields } from './context/context-fields.js'
export { type Identity, IdentityError, type IdentityId } from './context/identity.js'
export type { ContextKind, RequestContext } from './context/request-context.js'
export type { ScopeSeed } from './context/scope.js'
export type { Trace } from './context/trace-context.js'
export type { ErrorFormat, ErrorsOptions } from './errors/errors-options.js'
export type { ErrorMap, MappedError } from './errors/failure.js'
export type { FieldError } from './errors/field-errors.js'
export { type ValidationFailure, validationErrors } from './errors/validators/validation-errors.js'
export type { Ignore } from './http/ignore.js'
export type { RequestIdOptions } from './http/request-id-options.js'
export type { RequestInfo } from './http/request-info.js'
export { corsHeaders } from './http/response-headers.js'
export type { Authorize, Right } from './inspector/access.js'
export type { InspectorOptions } from './inspector/inspector-options.js'
export type { BeforeLine } from './logging/before-line.js'
export { captureConsole } from './logging/capture/console.js'
export { type CaptureDebugOptions, captureDebug, type DebugPackage } from './logging/capture/debug.js'
export { captureWarnings } from './logging/capture/warnings.js'
export type { DetailOptions, FloodOptions } from './logging/choice/choice-options.js'
export { defineLogs, type Logs } from './logging/define-logs.js'
export type { Entry, Formatter } from './logging/entry.js'
export type { DialectName } from './logging/formatters/dialects/dialect-names.js'
export type { OutputHealth } from './logging/handlers/failure-warnings.js'
export { type Handler, type KeptLines, WriteError, type WriteState } from './logging/handlers/handler.js'
export type { Rotation } from './logging/handlers/rotation.js'
export type { Level, LevelOption, LevelOrSilent } from './logging/levels.js'
export type { ChildOptions, Logger, LogMethod } from './logging/logger.js'
export type { ConsoleOption, Flush, Format, LoggerOptions, RootOptions } from './logging/logger-options.js'
export type { LogsOptions } from './logging/logs-options.js'
export { type RotatingFileOptions, rotatingFile } from './logging/rotating-file.js'
export type { Serializer } from './logging/serializers.js'
export { OptionsError } from './options.js'
export type { OutgoingOptions } from './outgoing/outgoing-options.js'
export type { FollowedQuery } from './queries/follow-call.js'
export type { QueriesOptions } from './queries/queries-options.js'
export type { Attempt } from './records/attempt.js'
export type { LiveRequest } from './records/live-request.js'
export { type MemoryRecordsOptions, memoryRecords } from './records/memory-records.js'
export type { ReadAccess, Scope } from './records/read-access.js'
export type { KeptRecord, RequestRecord, StoredRecord } from './records/record.js'
export type {
  ClientBytes,
  HeldUpBy,
  LineCounts,
  PoolHolder,
  QuerySum,
  RecordedCall,
  RecordedHold,
  RecordedJob,
  RecordedLate,
  RecordedPoolWait,
  RecordedQueryKind,
  RecordedQueryRun,
  RecordedStep,
  RecordIo,
  RepeatedQuery,
} from './records/record-parts.js'
export type { DominantTime, Page, RecordFilter, RecordStore, StoreHealth } from './records/record-store.js'
export type { RequestEvent } from './records/request-events.js'
export type { FinishedRequest, RequestLineLevel, RequestLineOptions } from './records/request-line-options.js'
export type {
  KnownProcess,
  LiveSeen,
  LiveStore,
  ProcessFacts,
  SharedStretch,
  StretchHead,
  TotalsStore,
} from './records/shared-store.js'
export type { StretchKind } from './records/totals/stretches.js'
export type { Waits } from './records/waits.js'
export type { SafeValue } from './safe-values/safe-value.js'
export type { AttachableServer } from './spoor.js'
export { createSpoor, type Spoor } from './spoor.js'
export type { SpoorOptions } from './spoor-options.js'
export type { TrackingMode, Who } from './tracking/tracking.js'
export type { TrackingOptions, WindowOptions } from './tracking/tracking-options.js'
export type { WatchdogOptions } from './tracking/watchdog-option.js'
export type { CpuFigures, LateFigures, MemoryFigures } from './usage/figures.js'
export type { HeldEvent, HeldWork } from './usage/held-events.js'
export type { ProcessFigures } from './usage/process-figures.js'
export type { FileBytes, RunSpan } from './work/charge.js'
export type { Outcome } from './work/work.js'
