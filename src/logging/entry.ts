import type { SpanIds } from '../context/active-span.js'
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
 * Makes one line of an entry, without the newline. Only `pretty` may make several rows. `context` is the request context in
 * which the entry was logged, if any; `span` is the span of OpenTelemetry that was active then.
 */
export type Formatter = (entry: Entry, context: RequestContext | undefined, span?: SpanIds | undefined) => string
