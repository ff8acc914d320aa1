import type { Failure } from '../errors/failure.js'
import { ownMembers } from '../safe-values/own-member.js'

/** The parts of a refusal beside its status and code. */
export interface RefusalParts {
  /** For the caller. It must not repeat what the caller sent. */
  readonly detail?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** For the log only; default: the detail. */
  readonly error?: unknown
}

/** Thrown inside the inspector to refuse a request. */
export class Refusal extends Error {
  readonly failure: Failure

  /** @param code stable and machine-readable, snake_case */
  constructor(status: number, code: string, parts: RefusalParts = {}) {
    const { detail, headers = {}, error } = ownMembers(parts)
    super(detail ?? code)
    this.failure = { status, code, detail, headers, error: error ?? withoutStack(`inspector: ${this.message}`) }
  }
}

/** The same 404 for what does not exist and for what the reader must not know of. */
export function notThere(): Refusal {
  return new Refusal(404, 'not_found')
}

// The stack would only show where the inspector noticed it.
function withoutStack(message: string): Error {
  const error = new Error(message)
  delete error.stack
  return error
}
