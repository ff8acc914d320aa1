import { classMember } from './own-member.js'
import { withoutSecretSegments } from './safe-path.js'

// An allow-list: of the headers we do not know, some will be secrets (Sentry, CVE-2025-65944).
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
 * What stands for a request in a line: `{ method, path, remoteAddress, headers }`, the path without its query and
 * without tokens, of the headers those that hold no secrets. Takes Node's requests and whatever wraps them (Express, Fastify); gives anything
 * else back as it is.
 */
export function requestSummary(value: unknown): unknown {
  if (!isObject(value) || !('method' in value)) return value
  if (isWeb(value)) return webSummary(value)
  const { method, url, path, headers, socket } = value
  const remoteAddress = isObject(socket) ? socket['remoteAddress'] : undefined
  return { method, path: shownPath(url ?? path), remoteAddress, headers: allowed(headers ?? sent(value)) }
}

/** What stands for a response in a line: `{ status, headers }`, of the headers those that hold no secrets. */
export function responseSummary(value: unknown): unknown {
  if (isWeb(value)) return webSummary(value)
  if (!isObject(value) || !('statusCode' in value)) return value
  return { status: value['statusCode'], headers: allowed(sent(value) ?? value['headers']) }
}

/** The summary of one of Node's own request or response objects, wherever it stands in a value. */
export function messageSummary(value: object): unknown {
  const { IncomingMessage, OutgoingMessage } = process.getBuiltinModule('node:http')
  if (value instanceof IncomingMessage) return value.method ? requestSummary(value) : responseSummary(value)
  if (value instanceof OutgoingMessage) return 'statusCode' in value ? responseSummary(value) : requestSummary(value)
  return undefined
}

/**
 * What stands for a `Request` or `Response` of fetch, which have no members of their own: method, or status, and address
 * without query and tokens; of the headers those that hold no secrets, and no body.
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
