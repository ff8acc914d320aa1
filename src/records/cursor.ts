import { escapeJson } from '../safe-values/escape.js'

/** Where a record stands in lists: by its start (ISO 8601, UTC), and within a millisecond by its id. */
export interface Position {
  readonly startedAt: string
  readonly id: string
}

const position = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([\x21-\x7e]{1,200})$/
const maxShown = 60

/** The opaque text for a place in a list. A cursor holds only that place, so it works with any filter. */
export function cursorAt({ startedAt, id }: Position): string {
  return Buffer.from(`${startedAt} ${id}`).toString('base64url')
}

/**
 * The place that a cursor names.
 *
 * @throws RangeError for a text that `cursorAt` did not make
 */
export function positionOf(cursor: unknown): Position {
  const [, startedAt, id] = typeof cursor === 'string' ? (position.exec(decoded(cursor)) ?? []) : []
  // Decoding ignores invalid characters, so the text must also be exactly what encoding gives.
  if (startedAt !== undefined && id !== undefined && cursorAt({ startedAt, id }) === cursor) return { startedAt, id }
  const shown = typeof cursor === 'string' ? escapeJson(JSON.stringify(cursor.slice(0, maxShown))) : typeof cursor
  throw new RangeError(`before: expected the \`next\` of a page, got ${shown}`)
}

/** Compares two places, newest first: below 0 if `a` comes before `b`. */
export function newestFirst(a: Position, b: Position): number {
  if (a.startedAt !== b.startedAt) return a.startedAt > b.startedAt ? -1 : 1
  return a.id === b.id ? 0 : a.id > b.id ? -1 : 1
}

// Every cursor is shorter. A megabyte of other text is not decoded.
function decoded(cursor: string): string {
  return cursor.length > 400 ? '' : Buffer.from(cursor, 'base64url').toString('latin1')
}
