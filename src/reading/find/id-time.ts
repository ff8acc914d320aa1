const timedId = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/

/**
 * The time in a UUIDv7, ms since the epoch (RFC 9562, 5.7); undefined for other ids.
 */
export function idTime(id: string): number | undefined {
  return timedId.test(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : undefined
}
