import type { Socket } from 'node:net'
import { createContext, type WorkContext } from '../context/request-context.js'
import type { IdHeader } from '../context/request-id.js'
import { runWith } from '../context/storage.js'
import { failureOf } from '../errors/failure.js'
import type { ErrorReporter } from '../errors/reporter.js'
import type { ClientReader } from '../http/client.js'
import type { Exchange } from '../http/exchange.js'
import { exchangeOf } from '../http/exchange-of.js'
import {
  answerOnSocket,
  endSocket,
  isEarlyEnd,
  parserStatus,
  unfinishedRequest,
  withStatus,
} from '../http/parser-error.js'
import type { RequestLog } from '../records/request-log.js'
import { startNow } from '../records/request-record.js'
import type { Failures } from './failures.js'

/** An error of Node's HTTP parser. */
interface ParserError {
  readonly error: Error
  readonly status: number | undefined
  readonly socket: Socket
  /** Runs the service's own `clientError` listeners, if it has any. */
  readonly own: (() => boolean) | undefined
}

/** The parts that broken requests need. */
interface BrokenParts {
  readonly errors: ErrorReporter
  readonly idHeader: IdHeader
  readonly clients: ClientReader
  readonly newRequestId: (() => string | undefined) | undefined
}

/** Answers and logs requests that Node's parser refuses. */
export class BrokenRequests {
  readonly #idHeader: IdHeader
  readonly #clients: ClientReader
  readonly #newRequestId: (() => string | undefined) | undefined
  readonly #errors: ErrorReporter
  readonly #failures: Failures
  readonly #log: RequestLog

  constructor({ errors, idHeader, clients, newRequestId }: BrokenParts, failures: Failures, log: RequestLog) {
    this.#idHeader = idHeader
    this.#clients = clients
    this.#newRequestId = newRequestId
    this.#errors = errors
    this.#failures = failures
    this.#log = log
  }

  /** @see Watcher */
  clientError(error: Error, socket: Socket, own: (() => boolean) | undefined): boolean {
    const broken = { error, status: parserStatus(error), socket, own }
    const request = unfinishedRequest(socket)
    const exchange = request && exchangeOf(request)
    if (exchange !== undefined) return runWith(exchange.context, () => this.#inBody(exchange, broken))
    const context = createContext('request', { requestId: this.#newRequestId?.() })
    return runWith(context, () => this.#noRequest(context, broken))
  }

  /** The parser failed in the body of a request that has begun: that request fails. */
  #inBody(exchange: Exchange, { error, status, socket, own }: ParserError): boolean {
    if (status === undefined) return own?.() ?? endSocket(socket, error)
    const answer = this.#failures.refuse(exchange, failureOf(withStatus(error, status)))
    if (own !== undefined) return own()
    const answered = answerOnSocket(socket, answer, exchange.idHeader, exchange.context.requestId, error)
    if (isEarlyEnd(error)) exchange.endedEarly = true
    else if (answered) exchange.answeredBelow = status
    return true
  }

  /** The bytes were not a request: they get an answer with an id, and a line without method and path. */
  #noRequest(context: WorkContext, { error, status, socket, own }: ParserError): boolean {
    if (status === undefined) return own?.() ?? endSocket(socket, error)
    const failure = failureOf(withStatus(error, status))
    const shown = this.#errors.shown({ ...failure, error })
    // Browsers open connections that they never use. Such a connection times out without a request, so it gets no line.
    if (socket.bytesRead > 0) {
      const client = this.#clients.over(socket)
      const remoteAddress = client?.remoteAddress
      this.#log.write(context, startNow(), status, { status: own ? undefined : status, remoteAddress, error: shown })
    }
    if (own !== undefined) return own()
    const answer = this.#errors.answer(failure, context.requestId)
    answerOnSocket(socket, answer, this.#idHeader, context.requestId, error)
    return true
  }
}
