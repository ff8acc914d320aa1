import { resolve } from 'node:path'
import type { Entry, Formatter } from './entry.js'
import { json } from './formatters/json.js'
import { colouredVerbose, text, verbose } from './formatters/text.js'
import { ConsoleSink, sayUnwritten } from './handlers/console.js'
import { FailureWarnings, healthOf, type OutputHealth } from './handlers/failure-warnings.js'
import { FileHandler } from './handlers/file.js'
import type { Handler } from './handlers/handler.js'
import { type RetryEvents, type RetryPolicy, RetryQueue } from './handlers/retry-queue.js'
import { defaultRotation } from './handlers/rotation.js'
import { HandlerSink } from './handlers/sink.js'
import { LineBuffer } from './line-buffer.js'
import {
  type ConsoleOption,
  type Format,
  filesByEnvironment,
  type LoggerOptions,
  type LogsOptions,
} from './logs-options.js'
import type { Output } from './output.js'
import { shortRequest } from './short-request.js'

const formatters: Readonly<Record<Format, Formatter>> = { text, publish_sync: text, verbose, json }

const filePatience: RetryPolicy = { maxKeptBytes: 16 * 2 ** 20, firstRetryMs: 10, maxRetryMs: 250, waitMs: 0 }
const consolePatience: RetryPolicy = { maxKeptBytes: 2 ** 20, firstRetryMs: 20, maxRetryMs: 20, waitMs: 1_000 }

/** Where the lines of one `defineLogs` go: every file once, the console, the handlers of the service. */
export class Outputs {
  readonly #options: Omit<LogsOptions<string>, 'loggers'>
  readonly #buffers = new Map<string, LineBuffer>()
  readonly #fileHandlers: FileHandler[] = []
  readonly #paths: Record<string, string> = {}
  readonly #deliveries: RetryQueue[] = []
  readonly #alarm: FailureWarnings
  readonly #warnOnce: (message: string) => void
  readonly #console: LineBuffer
  readonly #toTerminal: boolean = process.stdout.isTTY === true
  readonly #files: boolean

  constructor(options: Omit<LogsOptions<string>, 'loggers'>) {
    this.#options = options
    this.#files = options.files ?? filesByEnvironment()
    const format = this.#consoleFormat('root', options.root?.console) ?? verbose
    const witness: RetryEvents = {
      refused() {},
      failed() {},
      notice: (...gap) => noticeLine(format, 'root', ...gap),
      unwritten: sayUnwritten,
    }
    const delivery = this.#delivery(new RetryQueue(new ConsoleSink(), consolePatience, witness))
    // A person at a terminal sees each line at once, and in order with what else is printed.
    this.#console = new LineBuffer(delivery, this.#toTerminal)
    const say = (message: string, fields: Entry['fields']): void => {
      const line = format({ time: Date.now(), level: 'warn', logger: 'root', message, fields }, undefined)
      this.#console.addNow(`${line}\n`, 1)
    }
    this.#alarm = new FailureWarnings((message, outputs) =>
      say(message, { outputs: outputs.map((output) => ({ ...output })) }),
    )
    this.#warnOnce = once((message) => say(message, {}))
  }

  /** The outputs of a logger. */
  of(name: string, own: LoggerOptions): Output[] {
    const outputs: Output[] = []
    const format = formatters[own.format ?? 'text']
    if (this.#files && own.file !== undefined) {
      outputs.push({ format, lines: this.#file(name, own.file, own), isConsole: false })
    }
    for (const [index, handler] of (own.handlers ?? []).entries()) {
      const lines = this.#buffer(name, `${name}.handlers[${index}]`, handler, own)
      outputs.push({ format, lines, isConsole: false })
    }
    const onConsole = this.#consoleFormat(name, own.console)
    if (onConsole !== undefined) outputs.push({ format: onConsole, lines: this.#console, isConsole: true })
    return outputs
  }

  files(): Readonly<Record<string, string>> {
    return { ...this.#paths }
  }

  async flush(): Promise<void> {
    const buffers = [...this.#buffers.values()]
    for (const buffer of [...buffers, this.#console]) buffer.write()
    // The console last: it gets what the others refuse.
    await Promise.all(buffers.map((buffer) => buffer.flush()))
    await this.#console.flush()
  }

  async close(): Promise<void> {
    for (const buffer of this.#buffers.values()) await buffer.close()
    // The console stays: it is where later lines go.
    this.#console.rest()
    await this.#console.flush()
  }

  reopen(): void {
    // The first half of a flush is synchronous: what can be written is written before the files are let go.
    void this.flush()
    for (const handler of this.#fileHandlers) handler.release()
  }

  health(): OutputHealth[] {
    return this.#deliveries.map(healthOf)
  }

  #file(name: string, file: string, own: LoggerOptions): LineBuffer {
    const { directory = 'logs', mode = 0o640, rotation } = this.#options
    const path = resolve(directory, file)
    this.#paths[name] = path
    const known = this.#buffers.get(path)
    if (known !== undefined) return known
    const warn = (message: string): void => this.#warnOnce(message)
    const handler = new FileHandler(path, { ...defaultRotation, ...rotation, ...own.rotation, mode, warn })
    this.#fileHandlers.push(handler)
    return this.#buffer(name, path, handler, own, file)
  }

  #buffer(logger: string, key: string, handler: Handler, own: LoggerOptions, output = key): LineBuffer {
    const format = formatters[own.format ?? 'text']
    const sink = new HandlerSink(output, handler, (lines, count) => this.#console.addNow(String(lines), count))
    const delivery = new RetryQueue(sink, filePatience, {
      refused: (notOnConsole, count) => this.#console.addNow(notOnConsole, count),
      failed: (failing) => this.#alarm.raise(failing),
      notice: (...gap) => noticeLine(format, logger, ...gap),
    })
    const buffer = new LineBuffer(this.#delivery(delivery), own.flush === 'line', this.#console)
    this.#buffers.set(key, buffer)
    return buffer
  }

  #delivery(delivery: RetryQueue): RetryQueue {
    this.#deliveries.push(delivery)
    return delivery
  }

  #consoleFormat(name: string, wanted: ConsoleOption | undefined): Formatter | undefined {
    if (wanted === false) return undefined
    if (wanted === 'json') return json
    const coloured = this.#toTerminal && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb'
    const forPeople = coloured ? colouredVerbose : verbose
    if (wanted === 'verbose') return forPeople
    const stdoutOnly = !this.#files && !this.#toTerminal
    const usual = stdoutOnly ? json : forPeople
    if (name !== 'requests') return usual
    // Every request twice in a log shipper's stream would be noise: without files it is the only record, else it is
    // for the person at the terminal, short.
    if (this.#toTerminal) return shortRequest(forPeople)
    return wanted === undefined && this.#files ? undefined : usual
  }
}

/** `say` for messages that were not said yet: at most one for each file. */
function once(say: (message: string) => void): (message: string) => void {
  const said = new Set<string>()
  return (message) => {
    if (!said.has(message)) say(message)
    said.add(message)
  }
}

function noticeLine(format: Formatter, logger: string, lines: number, from: number, to: number): string {
  const [first, last] = [from, to].map((time) => new Date(time).toISOString())
  const what = lines === 1 ? '1 line is' : `${lines} lines are`
  const message = `${what} missing here, from ${first} to ${last}: there was no room to keep them until they could be written`
  const entry: Entry = { time: Date.now(), level: 'warn', logger, message, fields: { missing: { lines, from, to } } }
  return `${format(entry, undefined)}\n`
}
