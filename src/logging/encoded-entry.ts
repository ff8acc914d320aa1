import type { Entry } from './entry.js'
import type { PlainParts } from './formatters/dialects/request-facts.js'
import type { Level } from './levels.js'

/** Facts about the names of all fields that a logger and its children have encoded so far. */
export interface SeenNames {
  /** True if a log service may misread one of them. The formatter then looks at the names of each entry. */
  mayClash: boolean
}

/** An entry whose fields are JSON text already. `fields` reads them back, for rare paths only. */
export class EncodedEntry implements Entry {
  readonly time: number
  readonly level: Level
  readonly logger: string
  readonly message: string
  /** The fields as the inside of a JSON object, escaped, without reserved names. */
  readonly encodedFields: string
  readonly names: SeenNames

  constructor(time: number, level: Level, logger: string, message: string, encodedFields: string, names: SeenNames) {
    this.time = time
    this.level = level
    this.logger = logger
    this.message = message
    this.encodedFields = encodedFields
    this.names = names
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

const requestNames: SeenNames = { mayClash: true }

/** The entry of a plain request or call. Its message is clean text. */
export class CheckedEntry extends EncodedEntry {
  /** The parts of a request's fields, for formats that name them differently. */
  readonly parts: PlainParts | undefined

  constructor(time: number, logger: string, message: string, encodedFields: string, parts: PlainParts | undefined) {
    super(time, 'info', logger, message, encodedFields, requestNames)
    this.parts = parts
  }
}
