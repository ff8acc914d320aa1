import type { RequestContext } from '../context/request-context.js'
import type { CleanFields } from '../safe-values/clean-fields.js'
import { own } from '../safe-values/own-member.js'
import type { PlainParts } from './formatters/dialects/request-facts.js'
import { isLevel, type Level, type LevelOption, type LevelOrSilent, levelNumbers, levelOf } from './levels.js'
import { EntryBuilder, type LoggerCore, writeChecked, writeLine } from './line.js'
import { type Serializer, serializers } from './serializers.js'

/**
 * Writes one entry, in pino's call shapes:
 * `(fields, message?, ...values)`, `(message, ...values)` with printf placeholders, `(error, message?, ...values)`.
 */
export interface LogMethod {
  (message: string, ...values: unknown[]): void
  // `unknown`, because a catch clause gives that. A value that is neither object nor error becomes the field `value`.
  (fields: unknown, message?: string, ...values: unknown[]): void
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
  /** Entries below this level are dropped. @throws TypeError when set to an invalid level */
  level: string
  isLevelEnabled(level: string): boolean
  /**
   * A logger that adds `bindings` to every entry. It starts with this logger's level and serializers. Never throws: for
   * an invalid `level`, the child keeps its parent's and writes a warning.
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

export interface ChildOptions {
  /** Default: the parent's level now. */
  level?: LevelOption
  /** By field name; added to the parent's. */
  serializers?: Readonly<Record<string, Serializer>>
}

/** Makes the logger of a name. */
export function createLogger(core: LoggerCore, level: LevelOrSilent): Logger {
  return new CoreLogger(core, level, new EntryBuilder(core.name, core, serializers))
}

/** Writes entries of level info that were checked before (records/plain-request.ts). */
export interface CheckedWriter {
  /** How fields are checked that go to a line as they are. */
  readonly clean: CleanFields
  /** A longer message would be cut. */
  readonly maxMessage: number
  /** @returns false where entries must go through `info`: code of the service replaced it */
  write(context: RequestContext, message: string, encodedFields: string, parts: PlainParts): boolean
}

/** The writer of checked entries; undefined where the service sees entries: `beforeLine`, its handlers, its own logger. */
export function checkedWriterOf(logger: Logger): CheckedWriter | undefined {
  return logger instanceof CoreLogger ? logger.checkedWriter() : undefined
}

class CoreLogger implements Logger {
  readonly #core: LoggerCore
  readonly #builder: EntryBuilder
  readonly #isOnConsole: boolean
  #level: LevelOrSilent
  #number: number

  constructor(core: LoggerCore, level: LevelOrSilent, builder: EntryBuilder) {
    this.#core = core
    this.#builder = builder
    this.#isOnConsole = core.handlers.some((handler) => handler.isConsole)
    this.#level = level
    this.#number = levelNumbers[level]
  }

  get name(): string {
    return this.#core.name
  }

  get level(): string {
    return this.#level
  }

  set level(level: string) {
    this.#level = levelOf(level)
    this.#number = levelNumbers[this.#level]
  }

  isLevelEnabled(level: string): boolean {
    return isLevel(level) && level !== 'silent' && levelNumbers[level] >= this.#number
  }

  child(bindings: object, options?: ChildOptions): Logger {
    const { level, serializers } = optionsOf(options)
    const known = level === undefined || isLevel(level)
    const builder = this.#builder.child(bindings, serializers)
    const child = new CoreLogger(this.#core, isLevel(level) ? level : this.#level, builder)
    if (!known) child.warn({ level: typeof level === 'string' ? level.slice(0, 60) : typeof level }, unknownLevel)
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
    const write: CheckedWriter['write'] = (context, message, encodedFields, parts) => {
      if (this.info !== this.#ownInfo) return false
      if (levelNumbers.info >= this.#number)
        writeChecked(core, this.#isOnConsole, context, message, encodedFields, parts)
      return true
    }
    return { clean, maxMessage: core.bounds.characters, write }
  }

  #log(level: Level, first: unknown, rest: readonly unknown[]): void {
    if (levelNumbers[level] < this.#number) return
    writeLine(this.#core, this.#builder, this.#isOnConsole, level, first, rest)
  }
}

const unknownLevel =
  "child: level: expected one of trace, debug, info, warn, error, fatal, silent; the parent's is used"

// Not {}, which has the members of Object.prototype.
const none = { level: undefined, serializers: undefined }

/** The options of a child. Never throws. */
function optionsOf(given: unknown): { level?: unknown; serializers?: unknown } {
  try {
    if (typeof given !== 'object' || given === null) return none
    const options = given as { level?: unknown; serializers?: unknown }
    return { level: own(options, 'level'), serializers: own(options, 'serializers') }
  } catch {
    return none
  }
}
