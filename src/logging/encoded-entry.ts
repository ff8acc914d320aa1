import type { Entry } from './entry.js'
import type { Level } from './levels.js'

/** An entry whose fields are JSON text already. `fields` reads them back, for rare paths only. */
export class EncodedEntry implements Entry {
  readonly time: number
  readonly level: Level
  readonly logger: string
  readonly message: string
  /** The fields as the inside of a JSON object, escaped, without reserved names. */
  readonly encodedFields: string

  constructor(time: number, level: Level, logger: string, message: string, encodedFields: string) {
    this.time = time
    this.level = level
    this.logger = logger
    this.message = message
    this.encodedFields = encodedFields
  }

  get fields(): Entry['fields'] {
    return JSON.parse(`{${this.encodedFields}}`)
  }

  /** The same entry as a plain object. */
  plain(): Entry {
    const { time, level, logger, message, fields } = this
    return { time, level, logger, message, fields }
  }
}

/** An entry whose message is clean text. */
export class CheckedEntry extends EncodedEntry {}

/** The fields of an entry, if they are JSON text already. */
export const encodedOf = (entry: Entry): string | undefined =>
  entry instanceof EncodedEntry ? entry.encodedFields : undefined

/** True for an entry whose message and fields need no escaping. */
export const isChecked = (entry: Entry): boolean => entry instanceof CheckedEntry
