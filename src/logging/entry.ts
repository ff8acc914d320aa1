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
 * An entry of which the fields are known as JSON text already. Most are never asked for anything else; who asks gets
 * them read back.
 */
export class EncodedEntry implements Entry {
  readonly time: number
  readonly level: Level
  readonly logger: string
  readonly message: string
  /** The fields as the inside of a JSON object, escaped, none of them named like a member that Spoor writes. */
  readonly members: string

  constructor(time: number, level: Level, logger: string, message: string, members: string) {
    this.time = time
    this.level = level
    this.logger = logger
    this.message = message
    this.members = members
  }

  get fields(): Entry['fields'] {
    return JSON.parse(`{${this.members}}`)
  }

  /** The same entry as a plain object. */
  plain(): Entry {
    const { time, level, logger, message, fields } = this
    return { time, level, logger, message, fields }
  }
}

/** Makes one line of an entry, without the newline. `context` is the request context it was logged in, if any. */
export type Formatter = (entry: Entry, context: RequestContext | undefined) => string
