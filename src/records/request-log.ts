import type { OnEnd } from '../alerts/open-alerts.js'
import type { WorkContext } from '../context/request-context.js'
import { chargeToOverhead, runWith } from '../context/storage.js'
import { type CheckedWriter, checkedWriterOf, type Logger } from '../logging/logger.js'
import { own as ownOf } from '../safe-values/own-member.js'
import type { LateFigures } from '../usage/figures.js'
import { LateLines } from './late-lines.js'
import type { Observers } from './observers.js'
import { PlainRequests } from './plain-request.js'
import { recentLists } from './recent-lists.js'
import type { RecentRequests } from './recent-requests.js'
import type { RecordWriter } from './record-writer.js'
import type { RequestEvent, RequestEvents } from './request-events.js'
import { lateErrorLine, lateLine, lateQueries, outgoingSum, requestLine } from './request-line.js'
import { defaultLineLevel, type LineLevel } from './request-line-options.js'
import { type RecordOwn, recordOf, type Service, type Start } from './request-record.js'
import { countRequest } from './totals/count-request.js'
import type { OwnTotals } from './totals/counting.js'

/** Writes a line to the logger `requests` for each finished request or job, and stores the records of measured ones. */
export class RequestLog {
  readonly #service: Service
  readonly #requests: Logger
  readonly #keeper: RecordWriter | undefined
  readonly #events: RequestEvents
  readonly #level: LineLevel
  readonly #totals: OwnTotals | undefined
  readonly #onEnd: OnEnd | undefined
  readonly #recent: RecentRequests | undefined
  readonly #observers: Observers | undefined
  #plain: { readonly requests: PlainRequests | undefined } | undefined

  constructor(
    service: Service,
    requests: Logger,
    keeper: RecordWriter | undefined,
    events: RequestEvents,
    level: LineLevel = defaultLineLevel,
    totals?: OwnTotals,
    onEnd?: OnEnd,
    recent?: RecentRequests,
    observers?: Observers,
  ) {
    this.#service = service
    this.#requests = requests
    this.#keeper = keeper
    this.#events = events
    this.#level = level
    this.#totals = totals
    this.#onEnd = onEnd
    this.#recent = recent
    this.#observers = observers
  }

  /** @param failed the status of the error that made it fail, if there was one */
  write(context: WorkContext, start: Start, failed: number | undefined, own: RecordOwn): void {
    const durationMs = performance.now() - start.startTick
    const event = chargeToOverhead(() => {
      endDetail(context, durationMs, failed, own)
      if (this.#totals !== undefined) countRequest(this.#totals, context, durationMs, failed, own)
      this.#onEnd?.(context, (failed ?? ownOf(own, 'status') ?? 0) >= 500, durationMs)
      if (this.#observers?.isEmpty === false) this.#observers.ended({ context, durationMs, failed, own })
      return this.#written(context, start, failed, own)
    })
    // Listeners are code of the service: what they use is not Spoor's overhead.
    if (event !== undefined) runWith(context, () => this.#events.publish(event))
  }

  /** Writes the line and stores the record. @returns the event, if any code listens */
  #written(context: WorkContext, start: Start, failed: number | undefined, own: RecordOwn): RequestEvent | undefined {
    const { work } = context
    const { isHeard } = this.#events
    work.line = 'written'
    work.lateLines = new LateLines(context, this.#requests)
    work.queries?.lineWritten(performance.now())
    const tracked = Object.hasOwn(own, 'tracked') ? own.tracked : undefined
    const isTracked = tracked !== undefined
    const heldUp = tracked?.figures.heldUp
    const plain = failed === undefined && !isHeard ? this.#plainRequests : undefined
    if (!isTracked && plain?.write(context, start, own)) {
      this.#recent?.add(recordOf(context, this.#service, start, own), undefined)
      return undefined
    }
    const record = recordOf(context, this.#service, start, own)
    if (isTracked) {
      this.#keeper?.keep(record, work, start.startTick, heldUp)
      if (plain?.write(context, start, own, record)) return undefined
    }
    const outgoing = outgoingSum(work.calls)
    const { fields, message } = requestLine(record, outgoing)
    const level = this.#level(record, failed)
    runWith(context, () => this.#requests[level](fields, message))
    if (!isTracked) this.#recent?.add(record, outgoing, recentLists(work, start.startTick))
    return isHeard ? this.#events.eventOf(record, work, start.startTick, heldUp) : undefined
  }

  // Made for the first request: it loads node:crypto, which takes as long as all of createSpoor.
  get #plainRequests(): PlainRequests | undefined {
    this.#plain ??= { requests: PlainRequests.of(this.#service, this.#checkedWriter()) }
    return this.#plain.requests
  }

  // Plain lines are of level info. Only the record of a request can be asked for another level.
  #checkedWriter(): CheckedWriter | undefined {
    return this.#level === defaultLineLevel ? checkedWriterOf(this.#requests) : undefined
  }

  /** Writes the CPU used after the end. @param what the request's method and path, or the job's name */
  writeLate(context: WorkContext, what: string, figures: LateFigures): void {
    const late = { ...figures, ...lateQueries(context.work.queries?.late(performance.now())) }
    const line = lateLine(context, what, late)
    if (line !== undefined) runWith(context, () => this.#requests.info(line.fields, line.message))
    this.#keeper?.update(context.id, { late })
    if (this.#totals?.isExact) this.#totals.addLate(context, figures.cpuMs)
  }

  /**
   * Writes an error that was thrown after the request's line.
   *
   * @param what the request's method and path
   */
  writeLateError(context: WorkContext, what: string, status: number, error: unknown): void {
    const { fields, message } = lateErrorLine(context, what, status, error)
    runWith(context, () => this.#requests[status >= 500 ? 'error' : 'info'](fields, message))
    this.#keeper?.updateError(context.id, status, error)
    this.#recent?.addError(context.id, status, error)
  }
}

/** Ends what `detail` kept. Its lines come before the line of the request, which counts them. */
function endDetail({ work }: WorkContext, durationMs: number, failed: number | undefined, own: RecordOwn): void {
  if (work.detail === undefined) return
  work.detail.end({ status: failed ?? ownOf(own, 'status'), durationMs, error: ownOf(own, 'error') })
  work.detail = undefined
}
