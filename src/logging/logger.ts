import type { WorkContext } from '../context/request-context.js'
import { storage } from '../context/storage.js'
import type { CleanFields } from '../safe-values/clean-fields.js'
import { redaction } from '../safe-values/redaction.js'
import { defaultBounds } from '../safe-values/safe-value.js'
import { childOptions } from './child-options.js'
import type { PlainParts } from './formatters/dialects/request-facts.js'
import {
  expectedLevel,
  type Level,
  type LevelOption,
  type LevelOrSilent,
  levelNamed,
  levelNumbers,
  levelOf,
} from './levels.js'
import { EntryBuilder, type LoggerCore, type SanitizerOptions, writeChecked, writeLine } from './line.js'
import { type Serializer, serializers } from './serializers.js'

/**
 * Writes one entry, in pino's call shapes:
 * `(fields, message?, ...values)`, `(message, ...values)` with printf placeholders, `(error, message?, ...values)`.
 * Also `(message, fields)`, `(message, error)` and `(error, fields, message?)`: a last plain object that no placeholder takes
 * becomes the fields, and a last error the field `error`. Without a message, the message is the field `msg` or that of the error.
 */
export interface LogMethod {
  (message: string, ...values: unknown[]): void
  // `unknown`, because a catch clause gives that. A value that is neither object nor error becomes the field `value`.
  (fields: unknown, message?: string, ...values: unknown[]): void
  (error: unknown, fields: object, message?: string, ...values: unknown[]): void
}

/**
 * Writes entries of one log domain; `logs.get(name)` returns it. Each line has the ids and the account of the request it
 * was logged in. Logging never throws.
 *
 * @example
 * logs.get('publish_sync').info({ postId: 7 }, 'published')
 */
export interface Logger {
  readonly name: string
  /**
   * Entries below this level are dropped. May be set in any case (`'INFO'`) and is read in lower case. A child without a level
   * of its own follows its parent. @throws TypeError when set to an invalid level
   */
  level: string
  isLevelEnabled(level: string): boolean
  /**
   * Makes a logger that adds `bindings` to every entry. The child has this logger's serializers, and follows this logger's level
   * until it gets a level of its own. If `level` is a string that names no level, the child follows its parent and writes a
   * warning.
   *
   * @throws TypeError for an option of pino that does not exist here (`redact`, `msgPrefix`), and for a number as the level
   */
  child(bindings: object, options?: ChildOptions): Logger
  trace: LogMethod
  debug: LogMethod
  info: LogMethod
  warn: LogMethod
  error: LogMethod
  fatal: LogMethod
  /** Does nothing, whatever the level. */
  silent: LogMethod
}

/** Options of `logger.child`. */
export interface ChildOptions {
  /** Default: the level of the parent, even if that level changes later. */
  level?: LevelOption
  /** Serializers by field name, added to those of the parent. The serializer of `err` serves every error of a call. */
  serializers?: Readonly<Record<string, Serializer>>
}

/** Makes the logger of a name. @param base fields of every entry */
export function createLogger(core: LoggerCore, level: LevelOrSilent, base: object = {}): Logger {
  return new CoreLogger(core, new EntryBuilder(core.name, core, serializers).child(base, undefined), level)
}

/** Writes entries of level info that were checked before (records/plain-request.ts, outgoing/plain-call.ts). */
export interface CheckedWriter {
  /** How fields are checked that go to a line as they are. */
  readonly clean: CleanFields
  /** A longer message would be cut. */
  readonly maxMessage: number
  /** True if `info` writes these fields and this message as they are. */
  isUnchanged(fields: object, message: string): boolean
  /** @returns false where entries must go through `info`: code of the service replaced it */
  write(context: WorkContext | undefined, message: string, encodedFields: string, parts?: PlainParts): boolean
}

/** The writer of checked entries; undefined where the service sees entries: `beforeLine`, its handlers, its own logger. */
export function checkedWriterOf(logger: Logger): CheckedWriter | undefined {
  return logger instanceof CoreLogger ? logger.checkedWriter() : undefined
}

/** How a logger makes values safe; the defaults for a logger of the service or of another copy of Spoor. */
export function sanitizerOf(logger: Logger): SanitizerOptions {
  return logger instanceof CoreLogger ? logger.sanitizer : defaultSanitizer
}

const defaultSanitizer: SanitizerOptions = { redaction: redaction(), bounds: defaultBounds }

// Below the number of each level.
const ofParent = 0

class CoreLogger implements Logger {
  readonly #core: LoggerCore
  readonly #builder: EntryBuilder
  readonly #isOnConsole: boolean
  readonly #parent: CoreLogger | undefined
  /** Undefined: the level of the parent. */
  #level: LevelOrSilent | undefined
  /** The number of the level; `ofParent` for a child without a level of its own. */
  #number: number

  constructor(core: LoggerCore, builder: EntryBuilder, level: LevelOrSilent | undefined, parent?: CoreLogger) {
    this.#core = core
    this.#builder = builder
    this.#isOnConsole = core.handlers.some((handler) => handler.isConsole)
    this.#parent = parent
    this.#level = level
    this.#number = level === undefined ? ofParent : levelNumbers[level]
  }

  get name(): string {
    return this.#core.name
  }

  get sanitizer(): SanitizerOptions {
    return this.#core
  }

  get level(): string {
    return this.#level ?? (this.#parent as CoreLogger).level
  }

  set level(level: string) {
    this.#level = levelOf(level)
    this.#number = levelNumbers[this.#level]
  }

  isLevelEnabled(level: string): boolean {
    const named = levelNamed(level)
    if (named === undefined || named === 'silent') return false
    const { choice } = this.#core.runTime
    const least = this.#least()
    return choice === undefined
      ? levelNumbers[named] >= least
      : choice.isEnabled(this.#core.name, named, least, storage.getStore())
  }

  /** The number of the lowest level that is written. */
  #least(): number {
    let logger: CoreLogger = this
    while (logger.#number === ofParent) logger = logger.#parent as CoreLogger
    return logger.#number
  }

  child(bindings: object, options?: ChildOptions): Logger {
    const { level, serializers, unknownLevel } = childOptions(options)
    const child = new CoreLogger(this.#core, this.#builder.child(bindings, serializers), level, this)
    if (unknownLevel !== undefined) child.warn({ level: unknownLevel }, unknownLevelMessage)
    return child
  }

  // Functions instead of methods, because `promise.catch(log.error)` calls one without its logger.
  readonly trace = (first: unknown, ...rest: unknown[]): void => this.#log('trace', first, rest)
  readonly debug = (first: unknown, ...rest: unknown[]): void => this.#log('debug', first, rest)
  readonly info = (first: unknown, ...rest: unknown[]): void => this.#log('info', first, rest)
  readonly warn = (first: unknown, ...rest: unknown[]): void => this.#log('warn', first, rest)
  readonly error = (first: unknown, ...rest: unknown[]): void => this.#log('error', first, rest)
  readonly fatal = (first: unknown, ...rest: unknown[]): void => this.#log('fatal', first, rest)
  readonly silent = (): void => {}

  readonly #ownInfo = this.info

  checkedWriter(): CheckedWriter | undefined {
    const [core, { clean }] = [this.#core, this.#builder]
    if (clean === undefined || core.beforeLine !== undefined) return undefined
    if (core.handlers.some((handler) => handler.isCustom)) return undefined
    const isUnchanged = (fields: object, message: string): boolean => {
      const entry = this.#builder.make('info', fields, [message])
      return entry.message === message && JSON.stringify(entry.fields) === JSON.stringify(fields)
    }
    const write: CheckedWriter['write'] = (context, message, encodedFields, parts) => {
      if (this.info !== this.#ownInfo || core.runTime.choice !== undefined) return false
      if (levelNumbers.info >= this.#least())
        writeChecked(core, this.#isOnConsole, context, message, encodedFields, parts)
      return true
    }
    return { clean, maxMessage: core.bounds.characters, isUnchanged, write }
  }

  #log(level: Level, first: unknown, rest: readonly unknown[]): void {
    const { choice } = this.#core.runTime
    if (choice !== undefined) {
      const [core, builder, isOnConsole, least] = [this.#core, this.#builder, this.#isOnConsole, this.#least()]
      choice.log({ core, builder, isOnConsole, level, least, first, rest })
      return
    }
    if (levelNumbers[level] < this.#number) return
    if (this.#number === ofParent && levelNumbers[level] < this.#least()) return
    writeLine(this.#core, this.#builder, this.#isOnConsole, level, first, rest)
  }
}

const unknownLevelMessage = `child: level: expected ${expectedLevel}, silent; the parent's is used`
