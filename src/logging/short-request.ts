import type { Formatter } from './entry.js'

/** Returns a formatter that leaves out the fields: on a terminal, the message of a request line is enough. */
export function shortRequest(format: Formatter): Formatter {
  return (entry, context) => format({ ...entry, fields: {} }, context)
}
