/** Any failure, seen as an answer: what everything thrown is turned into before a client or a log sees it. */
export interface Failure {
  /** 400 to 599. */
  readonly status: number
  /** Stable and machine-readable, snake_case: `malformed_json`, `not_found`, the service's own. */
  readonly code: string
  /** For the client: never anything internal. */
  readonly detail: string | undefined
  /** What the error tells the client beside its status: `retry-after`, `allow`, `www-authenticate` and the like. */
  readonly headers: Readonly<Record<string, string>>
  /** What was thrown; of undefined and null, something that says so. */
  readonly error: unknown
}

/** What a service's own mapping says about an error; undefined leaves it to the conventions. */
export interface MappedError {
  /** 400 to 599; default: what the error's own `status` says, or 500. */
  status?: number | undefined
  code?: string | undefined
  /** Shown for 4xx; for 5xx only where NODE_ENV is `development`. */
  detail?: string | undefined
}

/** Turns the service's own errors into answers. */
export type ErrorMap = (error: unknown) => MappedError | undefined

// body-parser (https://github.com/expressjs/body-parser#errors) names its errors by `type`.
const bodyErrors: Readonly<Record<string, string>> = {
  'entity.parse.failed': 'malformed_body',
  'entity.too.large': 'body_too_large',
  'encoding.unsupported': 'unsupported_encoding',
  'charset.unsupported': 'unsupported_charset',
  'request.aborted': 'request_aborted',
  'request.size.invalid': 'body_size_mismatch',
}

/**
 * Reads any thrown value by the conventions of http-errors and body-parser: `status` or `statusCode` (400 to 599),
 * `expose` (default: true below 500), `headers`, `type`.
 *
 * @param mapped what the service says about it, which goes first
 */
export function failureOf(error: unknown, mapped?: MappedError): Failure {
  const said = members(error)
  const status = statusOf(mapped?.status) ?? statusOf(said['status']) ?? statusOf(said['statusCode']) ?? 500
  const exposed = typeof said['expose'] === 'boolean' ? said['expose'] : status < 500
  const own = exposed && typeof said['message'] === 'string' && said['message'] !== '' ? said['message'] : undefined
  return {
    status,
    code: isCode(mapped?.code) ? mapped.code : codeOf(said, status),
    detail: mapped === undefined ? own : typeof mapped.detail === 'string' ? mapped.detail : undefined,
    headers: headersOf(said['headers']),
    error: thrown(error),
  }
}

// As a field of a line, undefined and null would say that there was no error.
const nothing = {
  undefined: { type: 'undefined', message: 'undefined was thrown' },
  null: { type: 'null', message: 'null was thrown' },
}

function thrown(error: unknown): unknown {
  return error ?? nothing[error === null ? 'null' : 'undefined']
}

// What streams, fetch and body-parser say when the other side goes away in the middle.
const goneCodes = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ABORT_ERR', 'ERR_STREAM_PREMATURE_CLOSE'])

/**
 * The failure of a request whose client went away, where `error` only says so: nobody reads the answer, and nothing is
 * wrong with the service. Status 499 is nginx's for it.
 */
export function goneFailure(error: unknown): Failure | undefined {
  const { code, type } = members(error)
  const says = error instanceof Error && (error.name === 'AbortError' || type === 'request.aborted')
  if (!says && !goneCodes.has(String(code))) return undefined
  return { status: 499, code: 'request_aborted', detail: undefined, headers: {}, error }
}

/** The failure of a request that no route answered. */
export function notFound(method: string, path: string, route?: string): Failure {
  // Express takes a handler that throws undefined, null, 0 or '' for one that passes on.
  const passed = route === undefined ? '' : `: the route ${route} passed it on, or threw nothing`
  const message = `no route answers ${method} ${path}${passed}`
  const error = Object.assign(new Error(message), { status: 404, code: 'not_found' })
  // Where we noticed it says nothing about who asked.
  delete error.stack
  return { ...failureOf(error), detail: undefined }
}

function members(error: unknown): Record<string, unknown> {
  if (typeof error !== 'object' || error === null) return {}
  try {
    const { status, statusCode, expose, headers, type, code, message } = error as Record<string, unknown>
    return { status, statusCode, expose, headers, type, code, message }
  } catch {
    return {}
  }
}

function statusOf(value: unknown): number | undefined {
  return Number.isInteger(value) && (value as number) >= 400 && (value as number) <= 599 ? (value as number) : undefined
}

function codeOf(said: Record<string, unknown>, status: number): string {
  const { type, code } = said
  if (typeof type === 'string' && Object.hasOwn(bodyErrors, type)) return bodyErrors[type] as string
  // Codes in capitals are Node's and libraries' (ECONNREFUSED, ERR_…): they say how it is built inside.
  if (isCode(code)) return code
  return status === 500
    ? 'internal_error'
    : phrase(status)
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '_')
}

function isCode(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z][a-z0-9_.-]{0,63}$/.test(value)
}

/** The status' name (RFC 9110), `Unknown Error` where it has none. */
export function phrase(status: number): string {
  return process.getBuiltinModule('node:http').STATUS_CODES[status] ?? 'Unknown Error'
}

// What tells the client how to go on. Everything else an error carries may be another response's: clients of other
// services put the headers they got on their errors, with lengths, encodings and cookies.
const forTheClient =
  /^(?:allow|retry-after|(?:www|proxy)-authenticate|content-range|accept(?:-[a-z-]+)?|(?:x-)?rate-?limit(?:-[a-z-]+)?)$/i

function headersOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {}
  const out: Record<string, string> = {}
  try {
    takeHeaders(value, out)
  } catch {
    // A header that throws when it is read tells nobody anything.
  }
  return out
}

function takeHeaders(value: object, out: Record<string, string>): void {
  for (const [name, header] of value instanceof Headers ? value : Object.entries(value)) {
    if (forTheClient.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(String(header))) out[name] = String(header)
  }
}
