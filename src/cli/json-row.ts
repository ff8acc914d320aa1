import { escapeJson } from '../safe-values/escape.js'

/** A value as one line of JSON. Characters that a terminal obeys are escaped, also those that JSON leaves as they are. */
export function jsonRow(value: unknown): string {
  return escapeJson(JSON.stringify(value))
}
