import type { Level } from '../logging/levels.js'
import type { Logger } from '../logging/logger.js'
import { answerOf, type ErrorAnswer, type ErrorFormat } from './answer.js'
import type { ErrorMap, Failure } from './failure.js'

/** How failures are seen, said and logged. */
export interface ErrorPolicy {
  readonly format: ErrorFormat
  readonly map: ErrorMap | undefined
  readonly level: (status: number) => Level
}

/** Logs failures by the root logger, with their stacks, and gives the answers to send. */
export class ErrorReporter {
  readonly policy: ErrorPolicy
  readonly #root: Logger

  constructor(root: Logger, policy: ErrorPolicy) {
    this.#root = root
    this.policy = policy
  }

  /** @param what the request, as in `POST /api/v1/publish` */
  log(failure: Failure, what: string): void {
    const { status, code, error } = failure
    this.#root[this.policy.level(status)]({ error, code, status }, `${what} failed: ${status} ${code}`)
  }

  answer(failure: Failure, requestId: string): ErrorAnswer {
    return answerOf(failure, requestId, this.policy.format)
  }
}
