import { resolve } from 'node:path'
import type { Entry, Formatter } from './entry.js'
import { filesByEnvironment } from './environment.js'
import { type DialectName, isDialect } from './formatters/dialects/dialect-names.js'
import { dialectFormatter } from './formatters/dialects/dialects.js'
import { hasColours } from './formatters/pretty/colours.js'
import { prettyOutput } from './formatters/pretty/terminal.js'
import { colouredVerbose, verbose } from './formatters/verbose.js'
import { ConsoleHandler, sayUnwritten } from './handlers/console.js'
import { FailureWarnings, healthOf, type OutputHealth } from './handlers/failure-warnings.js'
import { FileHandler } from './handlers/file.js'
import type { Handler, KeptLines } from './handlers/handler.js'
import { placeProblem } from './handlers/place-problem.js'
import { type RetryEvents, type RetryPolicy, RetryQueue } from './handlers/retry-queue.js'
import { rotationOf } from './handlers/rotation.js'
import { json, text } from './line.js'
import { type BufferedHandler, LineBuffer } from './line-buffer.js'
import { type ConsoleOption, defaultFlush, type Format, type LoggerOptions } from './logger-options.js'
import type { LogsOptions } from './logs-options.js'
import { noticeLine } from './notice.js'

const formatters: Readonly<Record<Exclude<Format, DialectName>, Formatter>> = {
  text,
  publish_sync: text,
  verbose,
  json,
}
// The code of a dialect is loaded when a logger names it.
const formattersForMachines = new Set<Formatter>([json])

function formatterOf(format: Format): Formatter {
  if (!isDialect(format)) return formatters[format]
  const formatter = dialectFormatter(format)
  formattersForMachines.add(formatter)
  return formatter
}

const defaultDirectory = 'logs'
const filePolicy: RetryPolicy = { maxKeptBytes: 16 * 2 ** 20, firstRetryMs: 10, maxRetryMs: 250, waitMs: 0 }
const consolePolicy: RetryPolicy = { maxKeptBytes: 2 ** 20, firstRetryMs: 20, maxRetryMs: 20, waitMs: 1_000 }

type HandlerSetOptions = Omit<LogsOptions<string>, 'loggers' | 'base'> & {
  /** The formats that loggers name. */
  readonly formats: readonly (Format | undefined)[]
  /** Fields of every line, safe. */
  readonly base: Entry['fields']
}

/** The handlers of one `defineLogs`: one for each file, the console, and those of the service. */
export class HandlerSet {
  readonly #options: HandlerSetOptions
  readonly #buffers = new Map<string, LineBuffer>()
  readonly #fileHandlers: FileHandler[] = []
  readonly #paths: Record<string, string> = {}
  readonly #queues: RetryQueue[] = []
  readonly #warnings: FailureWarnings
  readonly #warnOnce: (message: string) => void
  readonly #console: LineBuffer
  readonly #toTerminal: boolean = process.stdout.isTTY === true
  readonly #files: boolean
  #kept: KeptLines | undefined
  /** The dialects that loggers name, each once. */
  readonly #dialects: readonly DialectName[]
  /** One for all loggers: the row of a request says less if the root logger showed its error. */
  #pretty: ((logger: string) => Formatter) | undefined

  constructor(options: HandlerSetOptions) {
    this.#options = options
    this.#files = options.files ?? filesByEnvironment()
    this.#dialects = [...new Set(options.formats)].filter(isDialect)
    const format = this.#consoleFormat('root', options.root?.console) ?? verbose
    const events: RetryEvents = {
      refused() {},
      failed() {},
      notice: (...gap) => noticeLine(format, 'root', options.base, ...gap),
      unwritten: sayUnwritten,
    }
    const handler = new ConsoleHandler((detour) => this.#console.divert(detour))
    const queue = this.#queue(new RetryQueue('console', handler, consolePolicy, events))
    // At a terminal each line is shown at once, in order with all other output.
    this.#console = new LineBuffer(queue, this.#toTerminal ? 'line' : 'turn')
    const say = (level: 'info' | 'warn', message: string, fields: Entry['fields']): void => {
      const entry: Entry = { time: Date.now(), level, logger: 'root', message, fields: { ...options.base, ...fields } }
      const line = format(entry, undefined)
      this.#console.addNow(`${line}\n`, 1)
    }
    this.#warnings = new FailureWarnings(
      (message, outputs) => say('warn', message, { outputs: outputs.map((output) => ({ ...output })) }),
      (message, lines) => say(lines.lost === 0 ? 'info' : 'warn', message, { ...lines }),
    )
    this.#warnOnce = once((message) => say('warn', message, {}))
  }

  /** The handlers of a logger. */
  of(name: string, own: LoggerOptions): BufferedHandler[] {
    const handlers: BufferedHandler[] = []
    const format = formatterOf(own.format ?? 'text')
    if (this.#files && own.file !== undefined) {
      handlers.push({ format, lines: this.#file(name, own.file, own), isConsole: false, isCustom: false })
    }
    for (const [index, handler] of (own.handlers ?? []).entries()) {
      const taken = handler.format === undefined ? own : { ...own, format: handler.format }
      const lines = this.#buffer(name, `${name}.handlers[${index}]`, handler, taken)
      this.#kept ??= handler.kept
      // One that can read its lines back is that of ClickHouse. It takes bytes, however a line was made.
      const isCustom = handler.kept === undefined
      handlers.push({ format: formatterOf(taken.format ?? 'text'), lines, isConsole: false, isCustom })
    }
    const onConsole = consoleOf(name, this.#consoleFormat(name, own.console, own.format))
    if (onConsole !== undefined)
      handlers.push({ format: onConsole, lines: this.#console, isConsole: true, isCustom: false })
    return handlers
  }

  files(): Readonly<Record<string, string>> {
    return { ...this.#paths }
  }

  /** The lines of the first handler that can read its lines back. */
  get kept(): KeptLines | undefined {
    return this.#kept
  }

  async flush(): Promise<void> {
    const buffers = [...this.#buffers.values()]
    for (const buffer of [...buffers, this.#console]) buffer.write()
    // The console last: it gets the lines that the others refuse.
    await Promise.all(buffers.map((buffer) => buffer.flush()))
    await this.#console.flush()
  }

  async close(): Promise<void> {
    for (const buffer of this.#buffers.values()) await buffer.close()
    // The console stays open for later lines.
    this.#console.rest()
    await this.#console.flush()
  }

  reopen(): void {
    // The first half of a flush is synchronous: all lines that can be written are written before the files are closed.
    void this.flush()
    for (const handler of this.#fileHandlers) handler.release()
  }

  health(): OutputHealth[] {
    return this.#queues.map(healthOf)
  }

  #file(name: string, file: string, own: LoggerOptions): LineBuffer {
    const { directory = defaultDirectory, mode = 0o640, rotation } = this.#options
    const path = resolve(directory, file)
    this.#paths[name] = path
    const known = this.#buffers.get(path)
    if (known !== undefined) return known
    const warn = (message: string): void => this.#warnOnce(message)
    const problem = placeProblem(path)
    if (problem !== undefined) warn(`${problem}. Until then, the lines go to the console, and are kept and tried again`)
    const handler = new FileHandler(path, { ...rotationOf(rotation, own.rotation), mode, warn })
    this.#fileHandlers.push(handler)
    return this.#buffer(name, path, handler, own, file)
  }

  /** The directory of the files; undefined if files are off. */
  get directory(): string | undefined {
    return this.#files ? resolve(this.#options.directory ?? defaultDirectory) : undefined
  }

  #buffer(logger: string, key: string, handler: Handler, own: LoggerOptions, output = key): LineBuffer {
    const format = formatterOf(own.format ?? 'text')
    const queue = new RetryQueue(output, handler, filePolicy, {
      refused: (notOnConsole, count) => this.#console.addNow(notOnConsole, count),
      failed: (failing) => this.#warnings.raise(failing),
      recovered: (...lines) => this.#warnings.clear(...lines),
      notice: (...gap) => noticeLine(format, logger, this.#options.base, ...gap),
    })
    const buffer = new LineBuffer(this.#queue(queue), own.flush ?? defaultFlush, this.#console)
    this.#buffers.set(key, buffer)
    return buffer
  }

  /**
   * The format of lines that only a log shipper reads. The root logger and `requests` follow the other loggers, if all of
   * those that name a dialect name the same one.
   */
  #shipped(ownFormat: Format | undefined): Formatter {
    if (isDialect(ownFormat)) return formatterOf(ownFormat)
    const [dialect, ...others] = this.#dialects
    return dialect === undefined || others.length > 0 ? json : formatterOf(dialect)
  }

  #queue(queue: RetryQueue): RetryQueue {
    this.#queues.push(queue)
    return queue
  }

  #consoleFormat(name: string, wanted: ConsoleOption | undefined, ownFormat?: Format): Formatter | undefined {
    if (wanted === false) return undefined
    if (wanted === 'json' || isDialect(wanted)) return formatterOf(wanted)
    if (wanted === 'verbose') return this.#toTerminal && hasColours(true) ? colouredVerbose : verbose
    if (wanted === 'pretty' || this.#toTerminal) {
      this.#pretty ??= prettyOutput(this.#toTerminal)
      return this.#pretty(name)
    }
    // Without files the console is the only place for request lines. With files, a second copy of each request line in a
    // log shipper's stream would be noise.
    if (name === 'requests' && wanted === undefined && this.#files) return undefined
    return this.#files ? verbose : this.#shipped(ownFormat)
  }
}

/** Leaves the totals of each minute to files and log services. People read them from the inspector. */
function consoleOf(name: string, format: Formatter | undefined): Formatter | undefined {
  if (name !== 'requests' || format === undefined || formattersForMachines.has(format)) return format
  // The message first: to read the fields of a request line takes longer than to write them.
  const isTotals = (entry: Entry): boolean =>
    entry.message.startsWith('totals of ') && entry.fields['kind'] === 'totals'
  return (entry, context, span) => (isTotals(entry) ? '' : format(entry, context, span))
}

/** Calls `say` once for each message: at most one for each file. */
function once(say: (message: string) => void): (message: string) => void {
  const said = new Set<string>()
  return (message) => {
    if (!said.has(message)) say(message)
    said.add(message)
  }
}
