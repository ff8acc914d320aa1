import { AssertionError } from 'node:assert'
import { escapeText } from '../safe-values/escape.js'
import { type CaptureView, openCaptures, viewOf } from './capture-view.js'
import { type EndedRequest, endOf } from './ended-request.js'
import {
  callsAtMost,
  cpuBelow,
  loggedNothingLike,
  noRepeatedQueries,
  queriesAtMost,
  type RequestCheck,
  type Unmet,
} from './request-checks.js'
import { type AnyResponse, headersOfResponse, requestIdOf } from './response-id.js'
import { noteHeaders } from './sent-headers.js'

export type { EndedRequest }

/** Options of `expectRequest`. */
export interface ExpectOptions {
  /** How long to wait for the end of the request, in ms. Default 2,000. */
  readonly withinMs?: number | undefined
  /** The capture that has the request. Default: all that are open. */
  readonly capture?: object | undefined
}

const defaultWithinMs = 2_000

/**
 * Expects something of one request or job. Waits for its end, then checks all expectations, and rejects with one AssertionError
 * that lists the unmet ones, each with its figures.
 *
 * @param response the response of fetch, supertest, Fastify's `inject`, Hono's `app.request` or `node:http`; or a request id
 *
 * @example
 * const response = await fetch(url)
 * await expectRequest(response).cpuBelow(50).callsAtMost(2).queriesAtMost(3).noRepeatedQueries().loggedNothingLike(/password/)
 *
 * @throws TypeError if `response` has no request id; Error if no capture is open
 */
export function expectRequest(response: AnyResponse | string, options: ExpectOptions = {}): RequestExpectation {
  const captures = capturesOf(options.capture)
  const id = requestIdOf(response, captures)
  const headers = headersOfResponse(response)
  if (headers !== undefined && captures.length === 1) noteHeaders(captures[0] as CaptureView, headers)
  const site = {}
  Error.captureStackTrace(site, expectRequest)
  return new RequestExpectation(() => endOf(id, captures, options.withinMs ?? defaultWithinMs), stackOf(site))
}

function capturesOf(capture: object | undefined): CaptureView[] {
  if (capture === undefined) {
    const open = [...openCaptures()]
    if (open.length > 0) return open
    throw new Error(
      'expectRequest: expected an open capture, got none; call captureSpoor first, and close() after expectRequest',
    )
  }
  const view = viewOf(capture)
  if (view === undefined) throw new TypeError('expectRequest: capture: expected what captureSpoor returns')
  return [view]
}

/** The lines of a stack below the call. */
function stackOf(site: { stack?: string }): string {
  return (site.stack ?? '').split('\n').slice(1).join('\n')
}

/** Expectations of one request. Await it: without `await`, an unmet expectation is an unhandled rejection. */
export class RequestExpectation implements PromiseLike<EndedRequest> {
  readonly #checks: RequestCheck[] = []
  readonly #result: Promise<EndedRequest>
  #hasBegun = false

  /** @internal */
  constructor(end: () => Promise<EndedRequest>, stack: string) {
    // Behind the calls of the same expression.
    this.#result = Promise.resolve().then(() => {
      this.#hasBegun = true
      return this.#checked(end, stack)
    })
  }

  /** Its CPU must be below this many ms. Fails, too, if it was not measured to its end. */
  cpuBelow(ms: number): this {
    return this.#and(cpuBelow(ms))
  }

  /** It must make at most this many calls to other services. */
  callsAtMost(most: number): this {
    return this.#and(callsAtMost(most))
  }

  /** It must send at most this many database queries and cache commands. */
  queriesAtMost(most: number): this {
    return this.#and(queriesAtMost(most))
  }

  /**
   * It must send no text of a query twice, whatever the values. A request that was not measured fails only for texts that were sent
   * five times or more.
   */
  noRepeatedQueries(): this {
    return this.#and(noRepeatedQueries())
  }

  /** None of its lines may have a text like this: in the message, and in names and values of fields. */
  loggedNothingLike(pattern: RegExp | string): this {
    return this.#and(loggedNothingLike(pattern))
  }

  /** Resolves with the request when all expectations are met. */
  // biome-ignore lint/suspicious/noThenProperty: a chain of expectations ends in an await
  then<Met = EndedRequest, Failed = never>(
    onMet?: ((request: EndedRequest) => Met | PromiseLike<Met>) | null,
    onUnmet?: ((error: unknown) => Failed | PromiseLike<Failed>) | null,
  ): Promise<Met | Failed> {
    return this.#result.then(onMet, onUnmet)
  }

  #and(check: RequestCheck): this {
    if (this.#hasBegun) {
      throw new Error('expectRequest: expected all expectations in one expression, got one after it was awaited')
    }
    this.#checks.push(check)
    return this
  }

  async #checked(end: () => Promise<EndedRequest>, stack: string): Promise<EndedRequest> {
    let error: Error
    try {
      const request = await end()
      const unmet = this.#checks.flatMap((check) => check(request) ?? [])
      if (unmet.length === 0) return request
      error = assertionError(request, unmet, this.#checks.length)
    } catch (thrown) {
      error = thrown as Error
    }
    // The stack of the test, where the expectation stands.
    error.stack = `${error.name}: ${error.message}\n${stack}`
    throw error
  }
}

function assertionError(request: EndedRequest, unmet: readonly Unmet[], of: number): Error {
  const list = unmet.map(({ text }) => `\n- ${text}`).join('')
  const message = `${nameOf(request)}: ${unmet.length} of ${of} expectations not met${list}`
  const actual = Object.fromEntries(unmet.map((one) => [one.figure, one.actual]))
  const expected = Object.fromEntries(unmet.map((one) => [one.figure, one.expected]))
  return new AssertionError({ message, actual, expected, operator: 'expectRequest' })
}

/** `POST /orders 201 (request 0197…)`. */
function nameOf({ requestId, record, lines }: EndedRequest): string {
  const fields = record ?? lines.findLast(({ logger }) => logger === 'requests')?.fields ?? {}
  const { method, path, route, name, status } = fields as Partial<NonNullable<EndedRequest['record']>>
  const what =
    method === undefined ? `job ${name ?? ''}`.trim() : `${method} ${path ?? route ?? ''} ${status ?? ''}`.trim()
  return escapeText(`${what} (request ${requestId})`)
}
