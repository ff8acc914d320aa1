import { classMember } from '../safe-values/own-member.js'
import { membersOf, statusOf, type ThrownMembers } from './thrown-members.js'

/** Any failure, seen as an answer: what everything thrown is turned into before a client or a log sees it. */
export interface Failure {
  /** 400 to 599. */
  readonly status: number
  /** Stable and machine-readable, snake_case: `malformed_json`, `not_found`, the service's own. */
  readonly code: string
  /** For the client, before secrets in it are redacted. */
  readonly detail: string | undefined
  /** What the error tells the client beside its status: `retry-after`, `allow`, `www-authenticate` and the like. */
  readonly headers: Readonly<Record<string, string>>
  /** What was thrown; of undefined and null, something that says so. */
  readonly error: unknown
}

/** What a service's own mapping says about an error; undefined leaves it to the conventions. */
export interface MappedError {
  /** 400 to 599; default: what the error's own `status` says, 502 for the error of a call to another service, or 500. */
  status?: number | undefined
  code?: string | undefined
  /** Shown for 4xx, secrets redacted; for 5xx only where NODE_ENV is `development`. */
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
 * Reads any thrown value by the conventions of http-errors and body-parser: `status` or `statusCode` (400 to 599) and
 * `code` give the answer's, `message` and `headers` only where `expose` is true. The error of a call to another service
 * carries that service's answer: it gives 502 and nothing else, unless the service's mapping says more.
 *
 * @param mapped what the service says about it, which goes first
 */
export function failureOf(error: unknown, mapped?: MappedError): Failure {
  const said = membersOf(error)
  const status = statusOf(mapped?.status) ?? (said.isUpstream ? 502 : (said.status as number | undefined)) ?? 500
  const mayTell = said.exposed && !said.isUpstream
  return {
    status,
    code: isCode(mapped?.code) ? mapped.code : codeOf(said, status),
    detail: mapped === undefined ? (mayTell ? textOf(said.message) : undefined) : textOf(mapped.detail),
    headers: mayTell ? headersOf(said.headers) : {},
    error: thrown(error),
  }
}

/** What the service's mapping gave, each member read once; what is neither undefined nor an object is refused. */
export function mappedOf(given: unknown): MappedError | undefined {
  if (given === undefined || given === null) return undefined
  if (typeof given !== 'object') throw new TypeError(`expected { status?, code?, detail? }, got a ${typeof given}`)
  const member = (name: string): unknown => classMember(given, name)
  return { status: member('status'), code: member('code'), detail: member('detail') } as MappedError
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
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
 * The failure of a request whose client went away, if `error` only reports that: no client reads the answer, and the
 * service works. Status 499 is what nginx uses for it.
 */
export function goneFailure(error: unknown): Failure | undefined {
  const { code, type } = membersOf(error)
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

function codeOf(said: ThrownMembers, status: number): string {
  const { type, code, isUpstream } = said
  if (!isUpstream && typeof type === 'string' && Object.hasOwn(bodyErrors, type)) return bodyErrors[type] as string
  // An error that says no status is most likely a library's, and so is its code. Codes in capitals (ECONNREFUSED,
  // ERR_…) always are: they say how the service is built inside.
  if (!isUpstream && said.status !== undefined && isCode(code)) return code
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

// What tells the client how to go on; lengths, encodings and cookies are another response's.
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
