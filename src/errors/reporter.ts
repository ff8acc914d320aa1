import type { Level } from '../logging/levels.js'
import type { Logger } from '../logging/logger.js'
import type { SafeValue } from '../safe-values/safe-value.js'
import { answerOf, type ErrorAnswer } from './answer.js'
import { callersError, quotes } from './callers-error.js'
import type { ErrorFormat } from './errors-options.js'
import { type ErrorMap, type Failure, failureOf, type MappedError, mappedOf } from './failure.js'

/** The parts of a reporter. */
export interface ErrorPolicy {
  readonly format: ErrorFormat
  readonly map: ErrorMap | undefined
  readonly level: (status: number) => Level
  /** The number of bytes that a value takes on a line. */
  readonly bytesOf: (value: unknown) => number
  /** A value as lines have it. */
  readonly safe: (value: unknown) => SafeValue | undefined
  /** Replaces the secrets in a text. */
  readonly redacted: (text: string) => string
}

/** Logs failures with the root logger, with their stacks, and returns the answers to send. */
export class ErrorReporter {
  readonly policy: ErrorPolicy
  readonly #root: Logger

  constructor(root: Logger, policy: ErrorPolicy) {
    this.#root = root
    this.policy = policy
  }

  /** Turns any thrown value into a failure, by `errors.map` and the conventions of http-errors. @see failureOf */
  failure(error: unknown, status?: number): Failure {
    return failureOf(error, this.#mapped(error), status)
  }

  // If `errors.map` fails, the error that it was called with must still be answered.
  #mapped(error: unknown): MappedError | undefined {
    try {
      const mapped: unknown = this.policy.map?.(error)
      if (mapped instanceof Promise) {
        mapped.catch(() => {})
        throw new TypeError('errors.map: expected an answer at once, got a promise; make it synchronous')
      }
      return mappedOf(mapped)
    } catch (failed) {
      this.#root.warn({ error: failed }, 'errors.map failed; its error went by the conventions')
      return undefined
    }
  }

  /**
   * Logs a failure.
   *
   * @param what the request, as in `POST /api/v1/publish`
   * @param longTexts the long texts of the request's URL and headers
   */
  log(failure: Failure, what: string, longTexts: readonly string[] = []): void {
    const { status, code } = failure
    const error = this.shown(failure, longTexts)
    this.#root[this.policy.level(status)]({ error, code, status }, `${what} failed: ${status} ${code}`)
  }

  /**
   * The error of a failure as lines have it. It is bounded if the caller caused the error, or if the error quotes a
   * long text of the caller (as errors of `new URL(request.url)` do).
   */
  shown({ status, error }: Failure, longTexts: readonly string[] = []): unknown {
    try {
      const isCallers = status < 500 || quotes(error, longTexts)
      return isCallers ? callersError(error, this.policy.bytesOf, this.policy.redacted) : error
    } catch {
      // A member of the error throws. Lines leave such members out.
      return error
    }
  }

  /**
   * The error of a request that failed after it had sent the status of a caller's mistake. It gets the status of its
   * failure, because readers of one account see the errors of callers only.
   */
  behind(answered: number | undefined, failed: number | undefined, error: unknown): unknown {
    if (error === undefined || failed === undefined || failed < 500 || answered === undefined || answered >= 500)
      return error
    const safe = this.policy.safe(error)
    const isObject = typeof safe === 'object' && safe !== null && !Array.isArray(safe)
    return { ...(isObject ? safe : { type: typeof error, message: String(safe) }), status: failed }
  }

  answer(failure: Failure, requestId: string): ErrorAnswer {
    return answerOf(failure, requestId, this.policy.format, this.policy.redacted)
  }
}
