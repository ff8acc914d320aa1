// Wide enough for UUIDs and for the ids of Heroku, Rails, Envoy and nginx. None of these characters needs escaping
// anywhere.
const acceptable = /^[A-Za-z0-9._:@/+=~-]{1,200}$/
const outside = /[^A-Za-z0-9._:@/+=~-]/g
const maxClientIdLength = 200

/** The header that carries the request id: from the caller, on the response, and to called services. */
export interface IdHeader {
  readonly name: string
  readonly lowerName: string
}

export function idHeader(name: string): IdHeader {
  return { name, lowerName: name.toLowerCase() }
}

export const defaultIdHeader: IdHeader = idHeader('X-Request-ID')

/** True if `value` may be used as a request id without changes. */
export function isRequestId(value: unknown): value is string {
  return typeof value === 'string' && acceptable.test(value)
}

/**
 * Makes the id of an untrusted caller safe to show: characters outside the pattern become `?`, and at most 200 are
 * kept.
 */
export function sanitiseClientId(value: string): string {
  return value.slice(0, maxClientIdLength).replace(outside, '?')
}

/** Makes any text valid as a part of an id that Spoor makes: characters outside the pattern become `_`. */
export function idPart(text: string): string {
  return text.replace(outside, '_')
}

/**
 * Decides about the id that a caller sent. A valid id of a trusted caller becomes `requestId`. Any other value is kept
 * only as `clientRequestId`.
 */
export function inboundId(
  value: string | undefined,
  trusted: boolean,
): { requestId: string | undefined; clientRequestId: string | undefined } {
  const requestId = trusted && isRequestId(value) ? value : undefined
  const isShown = requestId === undefined && value !== undefined && value !== ''
  return { requestId, clientRequestId: isShown ? sanitiseClientId(value) : undefined }
}
