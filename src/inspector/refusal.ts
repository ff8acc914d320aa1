import type { Failure } from '../errors/failure.js'
import { ownMembers } from '../safe-values/own-member.js'

/** What a refusal says beside its status. */
export interface RefusalParts {
  /** For the caller: never anything that he sent. */
  readonly detail?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** For the log only; default: the detail. */
  readonly error?: unknown
}

/** Thrown inside the inspector for a request that is not answered with what it asked for. */
export class Refusal extends Error {
  readonly failure: Failure

  /** @param code stable and machine-readable, snake_case */
  constructor(status: number, code: string, parts: RefusalParts = {}) {
    const { detail, headers = {}, error } = ownMembers(parts)
    super(detail ?? code)
    this.failure = { status, code, detail, headers, error: error ?? withoutStack(`inspector: ${this.message}`) }
  }
}

/** One and the same for what does not exist and for what the reader must not know of. */
export function notThere(): Refusal {
  return new Refusal(404, 'not_found')
}

// Where we noticed it says nothing about who asked.
function withoutStack(message: string): Error {
  const error = new Error(message)
  delete error.stack
  return error
}
