import { resolve } from 'node:path'
import { checkOptions } from '../options.js'
import { type Redaction, redaction } from '../safe-values/redaction.js'
import type { Formatter } from './entry.js'
import { json } from './formatters/json.js'
import { colouredVerbose, publishSync, verbose } from './formatters/text.js'
import { ConsoleHandler } from './handlers/console.js'
import { FileHandler } from './handlers/file.js'
import type { Handler } from './handlers/handler.js'
import { defaultRotation } from './handlers/rotation.js'
import { type LevelOrSilent, levelOf } from './levels.js'
import { LineBuffer } from './line-buffer.js'
import { createLogger, type Logger } from './logger.js'
import { type ConsoleOption, type Format, type LoggerOptions, type LogsOptions, logsOptions } from './logs-options.js'
import type { Output } from './output.js'
import { ConsoleRefuge } from './refuge.js'
import { shortRequest } from './short-request.js'

/**
 * The loggers of a service. Exported, its type is written out: `export const logs: Logs<'a' | 'b'> = defineLogs({ … })`;
 * a name that is missing on either side does not compile.
 */
export interface Logs<in out Name extends string> {
  /** The logger of a domain. Names are checked by the compiler. @throws TypeError for an unknown name */
  get(name: Name | 'requests'): Logger
  /** The logger for everything that belongs to no domain: console, level info. */
  readonly root: Logger
  /** Resolves when every line logged so far has been handed to the system. */
  flush(): Promise<void>
  /** Writes what is left and closes the files. Later lines go to the console. May be called twice. */
  close(): Promise<void>
}

const formatters: Readonly<Record<Format, Formatter>> = { publish_sync: publishSync, verbose, json }

/** Request lines stand in a file of their own, as JSON; an entry named `requests` overrides what it names. */
const requestsDefaults: LoggerOptions = { file: 'requests.jsonl', format: 'json' }

/**
 * Defines the loggers of a service. The module that calls it imports nothing of the service, so that every file may
 * import it at any time.
 *
 * @example
 * export const logs = defineLogs({
 *   directory: 'logs/publish-sync-logs',
 *   loggers: { publish_sync: { file: 'publish_sync.log' }, webhooks: { file: 'webhooks.log' } },
 * })
 * logs.get('publish_sync').info({ postId: 7 }, 'published')
 *
 * @throws OptionsError at once, with every mistake
 */
export function defineLogs<const Name extends string>(options: LogsOptions<Name>): Logs<Exclude<Name, 'requests'>> {
  checkOptions('defineLogs', options, logsOptions)
  return new DefinedLogs(options)
}

class DefinedLogs<Name extends string> implements Logs<Exclude<Name, 'requests'>> {
  readonly root: Logger
  readonly #options: LogsOptions<Name>
  readonly #loggers = new Map<string, Logger>()
  readonly #buffers = new Map<string, LineBuffer>()
  readonly #redaction: Redaction
  readonly #console = new ConsoleHandler()
  readonly #refuge = new ConsoleRefuge(this.#console)
  readonly #toTerminal: boolean = process.stdout.isTTY === true
  readonly #files: boolean

  constructor(options: LogsOptions<Name>) {
    this.#options = options
    this.#files = options.files ?? process.env['SPOOR_FILES'] !== 'off'
    this.#redaction = redaction(options.redact?.keys, options.redact?.replace)
    const root = this.#outputs('root', options.root ?? {})
    this.root = this.#logger('root', options.root?.level, root)
    for (const [name, own] of this.#domains()) {
      const outputs = this.#outputs(name, own)
      this.#loggers.set(name, this.#logger(name, own.level, own.propagate ? joined(outputs, root) : outputs))
    }
  }

  get(name: Name | 'requests'): Logger {
    const logger = this.#loggers.get(name)
    if (logger !== undefined) return logger
    const known = [...this.#loggers.keys()].join(', ')
    throw new TypeError(`logs.get: there is no logger ${JSON.stringify(String(name).slice(0, 60))}; there are ${known}`)
  }

  async flush(): Promise<void> {
    for (const buffer of this.#buffers.values()) await buffer.flush()
  }

  async close(): Promise<void> {
    for (const [key, buffer] of this.#buffers) {
      // The console stays: it is where later lines go.
      if (key === 'console') buffer.rest()
      else await buffer.close()
    }
    await this.#console.flush()
  }

  #domains(): [string, LoggerOptions][] {
    const own: Record<string, LoggerOptions> = this.#options.loggers
    return Object.entries({ ...own, requests: { ...requestsDefaults, ...own['requests'] } })
  }

  #logger(name: string, level: string | undefined, outputs: readonly Output[]): Logger {
    return createLogger({ name, outputs, redaction: this.#redaction }, levelOf(level ?? 'info') as LevelOrSilent)
  }

  #outputs(name: string, own: LoggerOptions): Output[] {
    const outputs: Output[] = []
    const format = formatters[own.format ?? 'publish_sync']
    if (this.#files && own.file !== undefined) {
      outputs.push({ format, lines: this.#file(own.file, own), isConsole: false })
    }
    for (const handler of own.handlers ?? []) {
      outputs.push({ format, lines: this.#buffer(`${name} handler ${outputs.length}`, handler, own), isConsole: false })
    }
    const onConsole = this.#consoleFormat(name, own.console)
    if (onConsole !== undefined) outputs.push({ format: onConsole, lines: this.#consoleBuffer(), isConsole: true })
    return outputs
  }

  #file(name: string, own: LoggerOptions): LineBuffer {
    const path = resolve(this.#options.directory ?? 'logs', name)
    const known = this.#buffers.get(path)
    if (known !== undefined) return known
    const mode = this.#options.mode ?? 0o640
    const handler = new FileHandler(path, { ...defaultRotation, ...this.#options.rotation, ...own.rotation, mode })
    return this.#buffer(path, handler, own)
  }

  // A person at a terminal sees each line at once, and in order with what else is printed.
  #consoleBuffer(): LineBuffer {
    return (
      this.#buffers.get('console') ??
      this.#buffer('console', this.#console, { flush: this.#toTerminal ? 'line' : 'turn' })
    )
  }

  #buffer(key: string, handler: Handler, own: LoggerOptions): LineBuffer {
    const buffer = new LineBuffer(handler, this.#refuge, own.flush === 'line')
    this.#buffers.set(key, buffer)
    return buffer
  }

  #consoleFormat(name: string, wanted: ConsoleOption | undefined): Formatter | undefined {
    if (wanted === false) return undefined
    if (wanted === 'json') return json
    const coloured = this.#toTerminal && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb'
    const forPeople = coloured ? colouredVerbose : verbose
    if (wanted === 'verbose') return forPeople
    const stdoutOnly = !this.#files && !this.#toTerminal
    if (name !== 'requests') return stdoutOnly ? json : forPeople
    // Every request twice in a log shipper's stream would be noise: without files it is the only record, else it is
    // for the person at the terminal, short.
    if (this.#toTerminal) return shortRequest(forPeople)
    return this.#files ? undefined : json
  }
}

/** A logger's outputs and the root's, the console once. */
function joined(own: readonly Output[], root: readonly Output[]): Output[] {
  const lines = new Set(own.map((output) => output.lines))
  return [...own, ...root.filter((output) => !lines.has(output.lines))]
}
