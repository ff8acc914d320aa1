import { own } from '../safe-values/own-member.js'
import { reasonOf, withoutValues } from '../safe-values/safe-error.js'
import type { ErrorFormat } from './errors-options.js'
import { type Failure, phrase } from './failure.js'
import type { FieldError } from './field-errors.js'

/** An error response, or one of the inspector, ready to send. */
export interface ErrorAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Of an event stream: called once the headers are sent. It writes the body, until the client or the service ends it. */
  readonly stream?: ((sink: AnswerSink) => void) | undefined
}

/** Takes the body of an event stream. */
export interface AnswerSink {
  /** Sends a text. @returns false if the client does not read fast enough: send no more for now */
  write(text: string): boolean
  end(): void
  /** Calls `listener` when the response is over. */
  onClose(listener: () => void): void
}

/**
 * Makes the response of a failure: `application/problem+json` (RFC 9457) with `code` and `requestId`, or an envelope `{
 * error: { … } }`, and `errors` for wrong fields. The detail of a 5xx is shown only if NODE_ENV is `development`.
 *
 * @param redacted replaces the secrets in a text
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export function answerOf(
  failure: Failure,
  requestId: string,
  format: ErrorFormat,
  redacted: (text: string) => string,
): ErrorAnswer {
  const { status, code } = failure
  const detail = detailOf(failure)
  const errors = own(failure, 'errors')?.map((error) => redactedField(error, failure, redacted))
  const members = { status, ...(detail === undefined ? {} : { detail: redacted(detail) }), code, requestId, errors }
  const problem = { type: 'about:blank', title: phrase(status), ...members }
  return {
    status,
    headers: {
      ...failure.headers,
      'content-type':
        format === 'problem' ? 'application/problem+json; charset=utf-8' : 'application/json; charset=utf-8',
      // An error is for one caller; a shared cache must not give it to another.
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
    body: JSON.stringify(format === 'problem' ? problem : { error: problem }),
  }
}

function redactedField(
  { pointer, field, detail, code }: FieldError,
  { error }: Failure,
  redacted: (text: string) => string,
): FieldError {
  return {
    pointer: pointer && redacted(pointer),
    field: field && redacted(field),
    detail: redacted(withoutValues(detail, error)),
    code,
  }
}

function detailOf({ status, detail, error }: Failure): string | undefined {
  if (status >= 500 && process.env['NODE_ENV'] !== 'development') return undefined
  // `errors.map` may answer with the message of a database, which quotes values.
  if (detail !== undefined) return withoutValues(detail, error)
  return status >= 500 && error instanceof Error ? reasonOf(error) : undefined
}
