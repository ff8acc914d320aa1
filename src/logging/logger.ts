import { currentContext } from '../context/storage.js'
import type { Redaction } from '../safe-values/redaction.js'
import { isError } from '../safe-values/safe-error.js'
import { type Bounds, type SafeValue, safeFields, safeText } from '../safe-values/safe-value.js'
import { askedBeforeLine, type BeforeLine } from './before-line.js'
import { boundedLine } from './bounded-line.js'
import type { Entry } from './entry.js'
import { formatMessage } from './format-message.js'
import { isLevel, type Level, type LevelOption, type LevelOrSilent, levelNumbers, levelOf } from './levels.js'
import type { Output } from './output.js'
import { type Serializer, serialised, serializers } from './serializers.js'

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
  /** Entries below it are dropped. @throws TypeError when set to what is no level */
  level: string
  isLevelEnabled(level: string): boolean
  /** A logger that adds `bindings` to every entry; it starts with this logger's level and serializers. */
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
export interface LoggerCore {
  readonly name: string
  readonly outputs: readonly Output[]
  readonly redaction: Redaction
  readonly bounds: Bounds
  readonly beforeLine: BeforeLine | undefined
  readonly maxLineBytes: number
}

/** Makes the logger of a name. */
export function createLogger(core: LoggerCore, level: LevelOrSilent): Logger {
  return new CoreLogger(core, level, {}, serializers)
}

class CoreLogger implements Logger {
  readonly #core: LoggerCore
  readonly #bindings: Readonly<Record<string, SafeValue>>
  readonly #serializers: Readonly<Record<string, Serializer>>
  #level: LevelOrSilent

  constructor(
    core: LoggerCore,
    level: LevelOrSilent,
    bindings: Readonly<Record<string, SafeValue>>,
    own: Readonly<Record<string, Serializer>>,
  ) {
    this.#core = core
    this.#level = level
    this.#bindings = bindings
    this.#serializers = own
  }

  get name(): string {
    return this.#core.name
  }

  get level(): string {
    return this.#level
  }

  set level(level: string) {
    this.#level = levelOf(level)
  }

  isLevelEnabled(level: string): boolean {
    return isLevel(level) && level !== 'silent' && levelNumbers[level] >= levelNumbers[this.#level]
  }

  child(bindings: object, options: ChildOptions = {}): Logger {
    const own = { ...this.#serializers, ...options.serializers }
    const level = options.level === undefined ? this.#level : levelOf(options.level)
    const all = { ...this.#bindings, ...this.#safeFields(bindings, own) }
    return new CoreLogger(this.#core, level, all, own)
  }

  trace(first: unknown, ...rest: unknown[]): void {
    this.#log('trace', first, rest)
  }
  debug(first: unknown, ...rest: unknown[]): void {
    this.#log('debug', first, rest)
  }
  info(first: unknown, ...rest: unknown[]): void {
    this.#log('info', first, rest)
  }
  warn(first: unknown, ...rest: unknown[]): void {
    this.#log('warn', first, rest)
  }
  error(first: unknown, ...rest: unknown[]): void {
    this.#log('error', first, rest)
  }
  fatal(first: unknown, ...rest: unknown[]): void {
    this.#log('fatal', first, rest)
  }
  silent(): void {}

  #log(level: Level, first: unknown, rest: unknown[]): void {
    if (levelNumbers[level] < levelNumbers[this.#level]) return
    const { outputs, redaction, bounds, beforeLine, maxLineBytes } = this.#core
    const made = this.#entryOrWhatIsLeft(level, first, rest)
    const entry = beforeLine === undefined ? made : askedBeforeLine(made, beforeLine, redaction, bounds)
    if (entry === undefined) return
    const context = currentContext()
    const urgent = levelNumbers[entry.level] >= levelNumbers.error
    const onConsole = outputs.some((output) => output.isConsole)
    for (const { format, lines } of outputs) {
      lines.add(boundedLine(format, entry, context, maxLineBytes), urgent, onConsole)
    }
  }

  // Proxies and getters of the caller's may throw anywhere on the way; the request goes on, and the line says so.
  #entryOrWhatIsLeft(level: Level, first: unknown, rest: unknown[]): Entry {
    try {
      return this.#entry(level, first, rest)
    } catch {
      const text = typeof first === 'string' ? first : typeof rest[0] === 'string' ? rest[0] : ''
      const fields = { ...this.#bindings, unreadable: 'the fields of this entry threw while they were read' }
      return { time: Date.now(), level, logger: this.#core.name, message: this.#safeText(text), fields }
    }
  }

  #entry(level: Level, first: unknown, rest: unknown[]): Entry {
    const { name: logger, redaction } = this.#core
    const time = Date.now()
    if (typeof first === 'string') {
      const message = this.#safeText(formatMessage(first, rest, redaction))
      return { time, level, logger, message, fields: this.#bindings }
    }
    const [text, ...values] = rest
    const given = fieldsOf(first)
    const said = text === undefined ? messageOf(given) : formatMessage(String(text), values, redaction)
    const fields = { ...this.#bindings, ...this.#safeFields(given, this.#serializers) }
    return { time, level, logger, message: this.#safeText(said), fields }
  }

  #safeText(text: string): string {
    return safeText(text, this.#core.redaction, this.#core.bounds)
  }

  #safeFields(fields: object, own: Readonly<Record<string, Serializer>>): Record<string, SafeValue> {
    return safeFields(serialised(fields, own), this.#core.redaction, this.#core.bounds)
  }
}

function fieldsOf(first: unknown): object {
  if (isError(first)) return { error: first }
  if (typeof first === 'object' && first !== null) return first
  return first === undefined ? {} : { value: first }
}

/** Without a message, an entry says what its error says. */
function messageOf(fields: object): string {
  try {
    const { error, err } = fields as { error?: unknown; err?: unknown }
    const said = isError(error) ? error : err
    return isError(said) ? String(said.message) : ''
  } catch {
    return ''
  }
}
