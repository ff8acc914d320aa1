import { typeName } from '../safe-values/type-name.js'
import type { CaptureView } from './capture-view.js'

/** A response of fetch, Hono, supertest, Fastify's `inject`, undici or `node:http`: anything that has headers. */
export interface AnyResponse {
  readonly headers: object
}

/** The headers of a response, by their names in lower case. Undefined for a value that is not a response. */
export function headersOfResponse(value: unknown): ReadonlyMap<string, string> | undefined {
  const { headers } = (value ?? {}) as Partial<AnyResponse>
  if (typeof headers !== 'object' || headers === null) return undefined
  const { forEach } = headers as { forEach?: unknown }
  const map = new Map<string, string>()
  // Headers of fetch, which have no members.
  if (typeof forEach === 'function')
    (headers as Headers).forEach((text, name) => void map.set(name.toLowerCase(), text))
  else for (const [name, text] of Object.entries(headers)) map.set(name.toLowerCase(), String(text))
  return map
}

/**
 * The id of a request, from its response.
 *
 * @throws TypeError for a value that is neither an id nor a response with an id
 */
export function requestIdOf(value: unknown, captures: Iterable<CaptureView>): string {
  if (typeof value === 'string' && value !== '') return value
  if (typeof (value as PromiseLike<unknown> | null)?.then === 'function') {
    throw new TypeError('expectRequest: expected a response, got a promise; write expectRequest(await …)')
  }
  const headers = headersOfResponse(value)
  if (headers === undefined) {
    throw new TypeError(`expectRequest: expected a response or a request id, got ${typeName(value)}`)
  }
  for (const name of ['x-request-id', ...[...captures].map(({ idHeader }) => idHeader)]) {
    const id = headers.get(name)
    if (id !== undefined) return id
  }
  throw new TypeError(
    "expectRequest: expected the header X-Request-ID in the response, got none; mount the adapter with the capture's spoor",
  )
}
