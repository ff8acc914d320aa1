import { classMember } from './own-member.js'
import { withoutSecretSegments } from './safe-path.js'

// A list of allowed headers, because some unknown headers contain secrets (Sentry, CVE-2025-65944).
const shownHeaders = [
  'host',
  'user-agent',
  'accept',
  'content-type',
  'content-length',
  'origin',
  'referer',
  'retry-after',
  'location',
]

/**
 * The summary of a request for a line: `{ method, path, remoteAddress, headers }`, with the path without query and
 * tokens, and only the headers without secrets. Accepts Node's requests and objects that wrap them (Express, Fastify).
 * Any other value is returned unchanged.
 */
export function requestSummary(value: unknown): unknown {
  if (!isObject(value) || !('method' in value)) return value
  if (isWeb(value)) return webSummary(value)
  const { method, url, path, headers, socket } = value
  const remoteAddress = isObject(socket) ? socket['remoteAddress'] : undefined
  return { method, path: shownPath(url ?? path), remoteAddress, headers: allowed(headers ?? sent(value)) }
}

/** The summary of a response for a line: `{ status, headers }`, with only the headers without secrets. */
export function responseSummary(value: unknown): unknown {
  if (isWeb(value)) return webSummary(value)
  if (!isObject(value) || !('statusCode' in value)) return value
  return { status: value['statusCode'], headers: allowed(sent(value) ?? value['headers']) }
}

/** The summary of one of Node's own request or response objects, at any place in a value. */
export function messageSummary(value: object): unknown {
  const { IncomingMessage, OutgoingMessage } = process.getBuiltinModule('node:http')
  if (value instanceof IncomingMessage) return value.method ? requestSummary(value) : responseSummary(value)
  if (value instanceof OutgoingMessage) return 'statusCode' in value ? responseSummary(value) : requestSummary(value)
  return undefined
}

/**
 * The summary of a `Request` or `Response` of fetch, which have no own members: method or status, the address
 * without query and tokens, and the headers without secrets. Never the body.
 */
export function webSummary(value: object): object {
  const { method, status, statusText, url, headers } = value as Record<string, unknown>
  return { method, status, statusText: statusText || undefined, url: shownUrl(url), headers: allowed(headers) }
}

function isWeb(value: unknown): value is Record<string, unknown> {
  return isObject(value) && isObject(value['headers']) && typeof classMember(value['headers'], 'get') === 'function'
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function given(value: unknown): unknown {
  return value === null ? undefined : value
}

function shownPath(url: unknown): unknown {
  return typeof url === 'string' ? withoutSecretSegments(url.replace(/[?#].*$/s, '')) : undefined
}

function shownUrl(url: unknown): unknown {
  return typeof url === 'string' && url !== '' ? shownPath(url) : undefined
}

function sent(message: Record<string, unknown>): unknown {
  const getHeaders: unknown = message['getHeaders']
  return typeof getHeaders === 'function' ? getHeaders.call(message) : undefined
}

function allowed(headers: unknown): Record<string, unknown> | undefined {
  if (!isObject(headers)) return undefined
  const get = classMember(headers, 'get')
  if (typeof get === 'function')
    return allowed(Object.fromEntries(shownHeaders.map((n) => [n, given(get.call(headers, n))])))
  return Object.fromEntries(
    shownHeaders
      .filter((name) => Object.hasOwn(headers, name) && headers[name] !== undefined)
      .map((name) => [name, headers[name]]),
  )
}
