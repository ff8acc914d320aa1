/**
 * Refuses a request. Thrown anywhere, it becomes the response: `status`, `code`, and the message as
 * `detail`, with `headers`. The message is for the caller: it says what was expected, and quotes nothing from the request.
 *
 *     throw new Refusal(400, 'invalid_post', 'title: expected 1 to 200 characters')
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly code: string
  readonly expose = true
  readonly headers: Record<string, string>

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** Returns the code of a Refusal or of another error that has one. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
