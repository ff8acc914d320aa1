import type { RequestContext } from '../context/request-context.js'
import type { SafeValue } from '../safe-values/safe-value.js'
import type { Level } from './levels.js'

/** One call of a logger, before a formatter makes a line of it. */
export interface Entry {
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly level: Level
  readonly logger: string
  readonly message: string
  /** Bindings of the logger and fields of the call, made safe: redacted, bounded, plain JSON. */
  readonly fields: Readonly<Record<string, SafeValue>>
}

/**
 * Makes one line of an entry, without the newline. `pretty` alone may make several, for people. `context` is the request
 * context it was logged in, if any.
 */
export type Formatter = (entry: Entry, context: RequestContext | undefined) => string
