import type { Formatter } from './entry.js'

/** A request line for a terminal: the message says it all, so its fields stay in the file. */
export function shortRequest(format: Formatter): Formatter {
  return (entry, context) => format({ ...entry, fields: {} }, context)
}
