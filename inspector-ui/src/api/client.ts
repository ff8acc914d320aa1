import { isObject } from '../format/texts.js'
import { signal } from '../state/signal.js'
import { storage } from '../state/theme.js'

const key = 'spoor.token'

/** The token that the reader typed. It stays in this tab. Undefined: the service's cookie is used. */
export const token = signal<string | undefined>(storage(() => sessionStorage.getItem(key)) ?? undefined)

/** Keeps a token in this tab, or forgets it. */
export function setToken(value: string | undefined): void {
  token.value = value
  ahead.clear()
  storage(() => (value === undefined ? sessionStorage.removeItem(key) : sessionStorage.setItem(key, value)))
}

/**
 * Takes the token from an address that `spoor inspect` printed, `#token=…`, and removes it from there. Only on this machine:
 * a link to another service must not choose the reader.
 */
export function takeTokenOfAddress(): void {
  const [, given] = /^#token=([\w-]{20,100})$/.exec(location.hash) ?? []
  if (given === undefined || !/^(?:127\.0\.0\.1|localhost|\[::1\])$/.test(location.hostname)) return
  setToken(given)
  location.replace('#/requests')
}

/** An answer of the inspector that is no success, or no answer at all (status 0). */
export class ApiError extends Error {
  /** 0: no answer. */
  readonly status: number
  readonly code: string
  readonly requestId: string | undefined
  readonly detail: string | undefined

  constructor(status: number, code: string, requestId: string | undefined, detail: string | undefined) {
    super(detail ?? code)
    this.status = status
    this.code = code
    this.requestId = requestId
    this.detail = detail
  }
}

/** What was asked for before a view asks, by its reader and address. */
const ahead = new Map<string, Promise<unknown>>()
// A view that comes later asks again.
const aheadMs = 2_000

/**
 * Asks for what the first view is going to read, while the service still says who reads. Only with a token: a stranger's page
 * asks for nothing but the session.
 */
export function readAhead(path: string, parameters?: Parameters): void {
  if (token.value === undefined) return
  const key = aheadKey(path, parameters)
  const answer = readJson(path, parameters)
  // A view that has taken it says what is wrong; one that comes later asks again.
  answer.catch(() => ahead.delete(key))
  ahead.set(key, answer)
  setTimeout(() => ahead.delete(key), aheadMs)
}

/** Query parameters; undefined ones are left out. */
export type Parameters = Readonly<Record<string, string | number | boolean | undefined>> | URLSearchParams

/**
 * Reads a path of the API, such as `api/requests`.
 *
 * @throws ApiError for any answer but a success
 */
export async function readJson<T>(path: string, parameters?: Parameters, signal?: AbortSignal): Promise<T> {
  const key = aheadKey(path, parameters)
  const early = ahead.get(key)
  ahead.delete(key)
  return (early ?? jsonOf(await answerOf(path, parameters, signal))) as Promise<T>
}

// Another reader does not get what was asked for this one.
function aheadKey(path: string, parameters: Parameters | undefined): string {
  return `${token.value} ${addressOf(path, parameters)}`
}

async function jsonOf(response: Response): Promise<unknown> {
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch {
    // Such as the sign-in page of a proxy, to which it redirected.
    throw new ApiError(response.status, 'not_json', undefined, undefined)
  }
}

/** Reads a path of the API as text. @throws ApiError */
export async function readText(path: string, parameters?: Parameters, signal?: AbortSignal): Promise<string> {
  return (await answerOf(path, parameters, signal)).text()
}

/** Asks the API. @throws ApiError */
export async function answerOf(
  path: string,
  parameters?: Parameters,
  signal?: AbortSignal,
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json', ...more }
  if (token.value !== undefined) {
    // No header can have it, so no service knows it (RFC 9110, 5.5).
    if (!/^[\x21-\x7e]+$/.test(token.value)) throw new ApiError(401, 'unauthorized', undefined, undefined)
    headers['authorization'] = `Bearer ${token.value}`
  }
  let response: Response
  try {
    response = await fetch(addressOf(path, parameters), { headers, signal: signal ?? null, cache: 'no-store' })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiError(0, 'no_connection', undefined, 'the service does not answer')
  }
  if (!response.ok) throw await errorOf(response)
  return response
}

async function errorOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => undefined)
  const problem = isObject(body) ? body : {}
  // Services may answer errors in an envelope.
  const inner = isObject(problem['error']) ? problem['error'] : problem
  const text = (name: string): string | undefined => {
    const value = inner[name]
    return typeof value === 'string' ? value : undefined
  }
  const requestId = text('requestId') ?? response.headers.get('x-request-id') ?? undefined
  return new ApiError(response.status, text('code') ?? `status_${response.status}`, requestId, text('detail'))
}

function addressOf(path: string, parameters: Parameters | undefined): string {
  if (parameters === undefined) return path
  const query = parameters instanceof URLSearchParams ? parameters : new URLSearchParams()
  if (!(parameters instanceof URLSearchParams)) {
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, String(value))
  }
  const text = query.toString()
  return text === '' ? path : `${path}?${text}`
}
