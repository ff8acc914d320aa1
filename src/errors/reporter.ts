import type { Level } from '../logging/levels.js'
import type { Logger } from '../logging/logger.js'
import { answerOf, type ErrorAnswer } from './answer.js'
import { callersError, quotes } from './callers-error.js'
import type { ErrorFormat } from './errors-options.js'
import { type ErrorMap, type Failure, failureOf, type MappedError, mappedOf } from './failure.js'

/** How failures are seen, said and logged. */
export interface ErrorPolicy {
  readonly format: ErrorFormat
  readonly map: ErrorMap | undefined
  readonly level: (status: number) => Level
  /** How many bytes a value takes on a line. */
  readonly bytesOf: (value: unknown) => number
  /** A text with its secrets redacted. */
  readonly redacted: (text: string) => string
}

/** Logs failures by the root logger, with their stacks, and gives the answers to send. */
export class ErrorReporter {
  readonly policy: ErrorPolicy
  readonly #root: Logger

  constructor(root: Logger, policy: ErrorPolicy) {
    this.#root = root
    this.policy = policy
  }

  /** Any thrown value as a failure, by the service's mapping and the conventions. */
  failure(error: unknown): Failure {
    return failureOf(error, this.#mapped(error))
  }

  // A mapping that fails must not hide the error it was asked about.
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
   * @param what the request, as in `POST /api/v1/publish`
   * @param longUrl its URL, if that is long
   */
  log(failure: Failure, what: string, longUrl?: string): void {
    const { status, code } = failure
    const error = this.shown(failure, longUrl)
    this.#root[this.policy.level(status)]({ error, code, status }, `${what} failed: ${status} ${code}`)
  }

  /**
   * The error of a failure as lines hold it: bounded if the caller caused it, or if it quotes a long URL of the caller
   * (`new URL(request.url)` does).
   */
  shown({ status, error }: Failure, longUrl?: string): unknown {
    try {
      const isCallers = status < 500 || (longUrl !== undefined && quotes(error, longUrl))
      return isCallers ? callersError(error, this.policy.bytesOf) : error
    } catch {
      // A member of the error throws. Lines leave such members out.
      return error
    }
  }

  answer(failure: Failure, requestId: string): ErrorAnswer {
    return answerOf(failure, requestId, this.policy.format, this.policy.redacted)
  }
}
