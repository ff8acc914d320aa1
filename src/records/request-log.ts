import type { WorkContext } from '../context/request-context.js'
import { runWith, watched } from '../context/storage.js'
import type { Logger } from '../logging/logger.js'
import type { LateFigures } from '../usage/figures.js'
import { failedLateLine, lateLine } from './late-line.js'
import { outgoingSum } from './outgoing-sum.js'
import type { RecordWriter } from './record-writer.js'
import { requestLine } from './request-line.js'
import { type RecordOwn, recordOf, type Service, type Start } from './request-record.js'

/** Leaves the lines of finished requests and jobs in the logger `requests`, and has the records of those measured kept. */
export class RequestLog {
  readonly #service: Service
  readonly #requests: Logger
  readonly #keeper: RecordWriter | undefined

  constructor(service: Service, requests: Logger, keeper: RecordWriter | undefined) {
    this.#service = service
    this.#requests = requests
    this.#keeper = keeper
  }

  /** None of them pays for it. @param failed the status of what made it fail, if something did */
  write(context: WorkContext, start: Start, failed: number | undefined, own: RecordOwn): void {
    watched(() => {
      const record = recordOf(context, this.#service, start, own)
      if (own.tracked !== undefined) this.#keeper?.keep(record, context.work, start.startTick)
      const { fields, message } = requestLine(record, outgoingSum(context.work.calls))
      const status = failed ?? own.status ?? 200
      runWith(context, () => this.#requests[status >= 500 ? 'error' : 'info'](fields, message))
    })
  }

  /** The line of a request that failed after its own line. @param what its method and path */
  writeFailedLate(context: WorkContext, what: string, status: number, error: unknown): void {
    const { fields, message } = failedLateLine(context, what, status, error)
    runWith(context, () => this.#requests[status >= 500 ? 'error' : 'info'](fields, message))
  }

  /** @param what the request's method and path, or the job's name */
  writeLate(context: WorkContext, what: string, late: LateFigures): void {
    const line = lateLine(context, what, late)
    if (line !== undefined) runWith(context, () => this.#requests.info(line.fields, line.message))
    this.#keeper?.update(context.id, late)
  }
}
