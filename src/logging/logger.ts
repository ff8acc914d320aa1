import type { RequestContext } from '../context/request-context.js'
import { currentContext } from '../context/storage.js'
import { own } from '../safe-values/own-member.js'
import type { Work } from '../work/work.js'
import { askedBeforeLine, type BeforeLine } from './before-line.js'
import { boundedLine } from './bounded-line.js'
import { EncodedEntry, type Entry } from './entry.js'
import { type EntryBuilder, entryBuilder, type SanitizerOptions } from './entry-builder.js'
import { isLevel, type Level, type LevelOption, type LevelOrSilent, levelNumbers, levelOf } from './levels.js'
import type { BufferedHandler } from './line-buffer.js'
import { type Serializer, serializers } from './serializers.js'

/**
 * Writes one entry, in pino's call shapes:
 * `(fields, message?, ...values)`, `(message, ...values)` with printf placeholders, `(error, message?, ...values)`.
 */
export interface LogMethod {
  (message: string, ...values: unknown[]): void
  // Unknown, because what a catch clause gives is; a value that is neither object nor error becomes the field `value`.
  (fields: unknown, message?: string, ...values: unknown[]): void
}

/** What `logs.get` gives. Every entry carries the request context it was logged in. Logging never throws. */
export interface Logger {
  readonly name: string
  /** Entries below it are dropped. @throws TypeError when set to an invalid level */
  level: string
  isLevelEnabled(level: string): boolean
  /**
   * A logger that adds `bindings` to every entry; it starts with this logger's level and serializers. Never throws: with
   * an invalid `level`, the child keeps its parent's and says so in a line.
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

/** What loggers of one name share. */
export interface LoggerCore extends SanitizerOptions {
  readonly name: string
  readonly handlers: readonly BufferedHandler[]
  readonly beforeLine: BeforeLine | undefined
  readonly maxLineBytes: number
}

/** Makes the logger of a name. */
export function createLogger(core: LoggerCore, level: LevelOrSilent): Logger {
  return new CoreLogger(core, level, entryBuilder(core.name, core, serializers))
}

class CoreLogger implements Logger {
  readonly #core: LoggerCore
  readonly #maker: EntryBuilder
  readonly #isOnConsole: boolean
  #level: LevelOrSilent
  #number: number

  constructor(core: LoggerCore, level: LevelOrSilent, maker: EntryBuilder) {
    this.#core = core
    this.#maker = maker
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
    const maker = this.#maker.child(bindings, serializers)
    const child = new CoreLogger(this.#core, isLevel(level) ? level : this.#level, maker)
    if (!known) child.warn({ level: typeof level === 'string' ? level.slice(0, 60) : typeof level }, unknownLevel)
    return child
  }

  // Functions of their own, not methods: `promise.catch(log.error)` calls one without its logger.
  readonly trace = (first: unknown, ...rest: unknown[]): void => this.#log('trace', first, rest)
  readonly debug = (first: unknown, ...rest: unknown[]): void => this.#log('debug', first, rest)
  readonly info = (first: unknown, ...rest: unknown[]): void => this.#log('info', first, rest)
  readonly warn = (first: unknown, ...rest: unknown[]): void => this.#log('warn', first, rest)
  readonly error = (first: unknown, ...rest: unknown[]): void => this.#log('error', first, rest)
  readonly fatal = (first: unknown, ...rest: unknown[]): void => this.#log('fatal', first, rest)
  readonly silent = (): void => {}

  #log(level: Level, first: unknown, rest: readonly unknown[]): void {
    if (levelNumbers[level] < this.#number) return
    const { beforeLine } = this.#core
    const made = this.#maker.make(level, first, rest)
    const entry = beforeLine === undefined ? made : this.#asked(made, beforeLine)
    if (entry === undefined) return
    const context = currentContext()
    if (context !== undefined) count(context.work, entry)
    const urgent = levelNumbers[entry.level] >= levelNumbers.error
    for (const { format, lines } of this.#core.handlers) {
      lines.add(this.#line(format, entry, context), urgent, this.#isOnConsole)
    }
  }

  // No entry should make a formatter throw; one that does costs its fields, and not the request.
  #line(format: BufferedHandler['format'], entry: Entry, context: RequestContext | undefined): string {
    try {
      return boundedLine(format, entry, context, this.#core.maxLineBytes)
    } catch {
      const { level, logger } = entry
      return format(
        { time: Date.now(), level, logger, message: 'this entry could not be written', fields: {} },
        context,
      )
    }
  }

  #asked(made: Entry, beforeLine: BeforeLine): Entry | undefined {
    const { redaction, bounds } = this.#core
    return askedBeforeLine(made instanceof EncodedEntry ? made.plain() : made, beforeLine, redaction, bounds)
  }
}

const unknownLevel =
  "child: level: expected one of trace, debug, info, warn, error, fatal, silent; the parent's is used"

/** The options of a child. Whatever was given, asking for them does not throw. */
function optionsOf(given: unknown): { level?: unknown; serializers?: unknown } {
  try {
    if (typeof given !== 'object' || given === null) return {}
    const options = given as { level?: unknown; serializers?: unknown }
    return { level: own(options, 'level'), serializers: own(options, 'serializers') }
  } catch {
    return {}
  }
}

/** The request's own line aside: it is written when all is counted. */
function count(work: Work, { logger, level }: Entry): void {
  if (logger === 'requests') return
  work.lines++
  if (level === 'warn') work.warnings++
  else if (level === 'error' || level === 'fatal') work.errors++
}
