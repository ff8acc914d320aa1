import type { ErrorAnswer } from '../errors/answer.js'
import { type Failure, goneFailure, notFound } from '../errors/failure.js'
import type { ErrorReporter } from '../errors/reporter.js'
import type { Exchange } from '../http/exchange.js'
import type { RequestLog } from '../records/request-log.js'

/** Logs the failures of requests and gives their answers. */
export class Failures {
  readonly #errors: ErrorReporter
  readonly #log: RequestLog
  readonly #safePath: (path: string) => string

  constructor(errors: ErrorReporter, log: RequestLog, safePath: (path: string) => string) {
    this.#errors = errors
    this.#log = log
    this.#safePath = safePath
  }

  /** Notes the error that made a request fail, logs it once with its stack, and gives the answer to send. */
  fail(exchange: Exchange, error: unknown, status?: number): ErrorAnswer {
    const { failure } = exchange
    // The parser's failure is logged already; code that reads the body sees only that the body ended.
    if (failure !== undefined && goneFailure(error) !== undefined) {
      return this.#errors.answer(failure, exchange.requestId)
    }
    const gone = exchange.gone ? goneFailure(error) : undefined
    return this.refuse(exchange, gone ?? this.#errors.failure(error, status))
  }

  /** Logs and answers a failure as it is, without asking `errors.map`. */
  refuse(exchange: Exchange, failure: Failure): ErrorAnswer {
    const { method, path, longTexts } = exchange.request
    // Each error is logged once. A second error of the same request is another error, and logged too.
    if (exchange.failure?.error !== failure.error) {
      const what = `${method} ${this.#safePath(path)}`
      this.#errors.log(failure, what, longTexts)
      // The request line is written already: the handler went on after the answer. It may hold this error.
      const isTold = failure.code === 'request_aborted' || exchange.brokenBy === failure.error
      if (exchange.hasLine && !isTold) {
        this.#log.writeLateError(exchange.context, what, failure.status, this.#errors.shown(failure, longTexts))
      }
    }
    exchange.failure ??= failure
    return this.#errors.answer(failure, exchange.context.requestId)
  }

  /** Gives the 404 for a request that no route matched. */
  notFound(exchange: Exchange): ErrorAnswer {
    const { request, route } = exchange
    return this.refuse(exchange, notFound(request.method, this.#safePath(request.path), route?.()))
  }
}
