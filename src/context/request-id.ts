// SPEC.md, S1. Wide enough for the ids of Heroku, Rails, Envoy, nginx and UUIDs; nothing in it needs escaping anywhere.
const acceptable = /^[A-Za-z0-9._:@/+=~-]{1,200}$/
const outside = /[^A-Za-z0-9._:@/+=~-]/g
const maxClientIdLength = 200

/** True if `value` may be used as a request id as it is. */
export function isRequestId(value: unknown): value is string {
  return typeof value === 'string' && acceptable.test(value)
}

/** An id we do not believe, made safe to show: characters outside the pattern become `?`, at most 200 are kept. */
export function sanitiseClientId(value: string): string {
  return value.slice(0, maxClientIdLength).replace(outside, '?')
}

/** Makes any text fit for a part of an id that Spoor makes: characters outside the pattern become `_`. */
export function idPart(text: string): string {
  return text.replace(outside, '_')
}

/**
 * Decides on the id a caller sent. A trusted caller's acceptable id becomes `requestId`; any other value is only kept
 * as `clientRequestId`.
 */
export function inboundId(
  value: string | undefined,
  trusted: boolean,
): { requestId: string | undefined; clientRequestId: string | undefined } {
  const requestId = trusted && isRequestId(value) ? value : undefined
  const isShown = requestId === undefined && value !== undefined && value !== ''
  return { requestId, clientRequestId: isShown ? sanitiseClientId(value) : undefined }
}
