import { classMember } from '../safe-values/own-member.js'
import { membersOf, statusOf, type ThrownMembers } from './thrown-members.js'

/** A failure: any thrown value as status, code and detail. Clients and logs see only the failure. */
export interface Failure {
  /** 400 to 599. */
  readonly status: number
  /** Stable and machine-readable, snake_case: `malformed_json`, `not_found`, or a code of the service. */
  readonly code: string
  /** The detail for the client, before its secrets are redacted. */
  readonly detail: string | undefined
  /** Headers for the client, such as `retry-after`, `allow` and `www-authenticate`. */
  readonly headers: Readonly<Record<string, string>>
  /** The thrown value. In place of undefined and null, an object that says so. */
  readonly error: unknown
}

/** The answer of `errors.map` for an error. Undefined members follow the conventions of http-errors. */
export interface MappedError {
  /** 400 to 599. Default: 502 for the error of a call to another service; else the error's own `status`, or 500. */
  status?: number | undefined
  code?: string | undefined
  /** Shown for a 4xx, with secrets redacted; for a 5xx only if NODE_ENV is `development`. */
  detail?: string | undefined
}

/** Turns an error of the service into an answer; undefined follows the conventions of http-errors. */
export type ErrorMap = (error: unknown) => MappedError | undefined

// body-parser (https://github.com/expressjs/body-parser#errors) names its errors by `type`.
const bodyErrors: Readonly<Record<string, string>> = {
  'entity.parse.failed': 'malformed_body',
  'entity.too.large': 'body_too_large',
  'encoding.unsupported': 'unsupported_encoding',
  'charset.unsupported': 'unsupported_charset',
  'request.aborted': 'request_aborted',
  'request.size.invalid': 'body_size_mismatch',
  // Fastify names its errors by `code`.
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_body',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_body',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body_size_mismatch',
}

/**
 * Turns any thrown value into a failure, by the conventions of http-errors and body-parser. `status` or `statusCode`
 * (400 to 599) becomes the status, and `code` the code. `message` and `headers` are used only if `expose` is true. The
 * error of a call to another service has the status and message of that service, so it becomes a 502 and nothing else,
 * unless `mapped` says more.
 *
 * @param mapped the answer of `errors.map`, which has priority
 * @param given the status if neither `mapped` nor the error has one
 * @see https://github.com/jshttp/http-errors
 */
export function failureOf(error: unknown, mapped?: MappedError, given?: number): Failure {
  const said = membersOf(error)
  const own = said.isUpstream ? 502 : (said.status as number | undefined)
  const status = statusOf(mapped?.status) ?? own ?? statusOf(given) ?? 500
  const mayTell = said.exposed && !said.isUpstream
  return {
    status,
    code: isCode(mapped?.code) ? mapped.code : codeOf(said, status),
    detail: mapped === undefined ? (mayTell ? textOf(said.message) : undefined) : textOf(mapped.detail),
    headers: mayTell ? headersOf(said.headers) : {},
    error: thrown(error),
  }
}

/**
 * Checks the answer of `errors.map`, and reads each member once. @throws TypeError unless it is an object or undefined
 */
export function mappedOf(given: unknown): MappedError | undefined {
  if (given === undefined || given === null) return undefined
  if (typeof given !== 'object') throw new TypeError(`expected { status?, code?, detail? }, got a ${typeof given}`)
  const member = (name: string): unknown => classMember(given, name)
  return { status: member('status'), code: member('code'), detail: member('detail') } as MappedError
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

// In the field of a line, undefined and null would mean that there was no error.
const nothing = {
  undefined: { type: 'undefined', message: 'undefined was thrown' },
  null: { type: 'null', message: 'null was thrown' },
}

function thrown(error: unknown): unknown {
  return error ?? nothing[error === null ? 'null' : 'undefined']
}

// The codes of streams, fetch and body-parser for a client that closed the connection.
const goneCodes = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ABORT_ERR', 'ERR_STREAM_PREMATURE_CLOSE'])

/**
 * The failure of a request whose client closed the connection, if `error` only reports that: no client reads the
 * answer, and the service has no fault. nginx uses status 499 for it.
 */
export function goneFailure(error: unknown): Failure | undefined {
  const { code, type } = membersOf(error)
  const says = error instanceof Error && (error.name === 'AbortError' || type === 'request.aborted')
  if (!says && !goneCodes.has(String(code))) return undefined
  return { status: 499, code: 'request_aborted', detail: undefined, headers: {}, error }
}

/** The failure of a request that no route answered. */
export function notFound(method: string, path: string, route?: string): Failure {
  // If a handler throws undefined, null, 0 or '', Express continues as if the handler had passed the request on.
  const passed = route === undefined ? '' : `: the route ${route} passed it on, or threw nothing`
  const message = `no route answers ${method} ${path}${passed}`
  const error = Object.assign(new Error(message), { status: 404, code: 'not_found' })
  // The stack shows only where Spoor noticed the missing route.
  delete error.stack
  return { ...failureOf(error), detail: undefined }
}

function codeOf(said: ThrownMembers, status: number): string {
  const { type, code, isUpstream } = said
  const name = isUpstream ? undefined : [type, code].find(isBodyError)
  if (name !== undefined) return bodyErrors[name] as string
  // An error without a status is usually an error of a library, and so is its code. Codes in capitals (ECONNREFUSED,
  // ERR_…) reveal the inside of the service.
  if (!isUpstream && said.status !== undefined && isCode(code)) return code
  return status === 500
    ? 'internal_error'
    : phrase(status)
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '_')
}

function isBodyError(value: unknown): value is string {
  return typeof value === 'string' && Object.hasOwn(bodyErrors, value)
}

function isCode(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z][a-z0-9_.-]{0,63}$/.test(value)
}

/** The name of a status (RFC 9110); `Unknown Error` for a status without a name. */
export function phrase(status: number): string {
  return process.getBuiltinModule('node:http').STATUS_CODES[status] ?? 'Unknown Error'
}

// Headers that tell the client what to do next. Lengths, encodings and cookies belong to another response.
const forTheClient =
  /^(?:allow|retry-after|(?:www|proxy)-authenticate|content-range|accept(?:-[a-z-]+)?|(?:x-)?rate-?limit(?:-[a-z-]+)?)$/i

function headersOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {}
  const out: Record<string, string> = {}
  try {
    takeHeaders(value, out)
  } catch {
    // A header that throws when it is read is left out.
  }
  return out
}

function takeHeaders(value: object, out: Record<string, string>): void {
  for (const [name, header] of value instanceof Headers ? value : Object.entries(value)) {
    if (forTheClient.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(String(header))) out[name] = String(header)
  }
}
