import { checkOptions } from '../options.js'
import { endWithin } from '../safe-values/end-within.js'
import { nearestName } from '../safe-values/nearest-name.js'
import { ownMembers } from '../safe-values/own-member.js'
import { redaction } from '../safe-values/redaction.js'
import { withoutSecretSegments } from '../safe-values/safe-path.js'
import { defaultBounds, type SafeValue, safeFields, safeValue } from '../safe-values/safe-value.js'
import { askedBeforeLine } from './before-line.js'
import type { Entry } from './entry.js'
import { HandlerSet } from './handler-set.js'
import type { OutputHealth } from './handlers/failure-warnings.js'
import { type LevelOrSilent, levelOf } from './levels.js'
import type { LoggerCore } from './line.js'
import type { BufferedHandler } from './line-buffer.js'
import { createLogger, type Logger } from './logger.js'
import { filesProblem, type LoggerOptions, type LogsOptions, logsOptions, requestsDefaults } from './logs-options.js'

/**
 * The loggers of a service. Exported, its type is written out: `export const logs: Logs<'a' | 'b'> = defineLogs({ … })`;
 * a name that is missing on either side does not compile.
 */
export interface Logs<in out Name extends string> {
  /** The logger of a domain. Names are checked by the compiler. @throws TypeError for an unknown name */
  get(name: Name | 'requests'): Logger
  /** The logger for everything that belongs to no domain: console, level info. */
  readonly root: Logger
  /** The files that are written, by logger: absolute paths, without their backups. */
  files(): Readonly<Record<string, string>>
  /** A value as lines hold it: secrets redacted by these logs' options, bounded, plain JSON. Never throws. */
  safe(value: unknown): SafeValue | undefined
  /** A path as lines hold it: without tokens (JWTs, random segments of 20 characters and more). */
  safePath(path: string): string
  /**
   * Resolves when every line logged so far has been handed to the system. All that can be written at once is written
   * before it returns; what a file still refuses has gone to the console and is tried again later.
   */
  flush(): Promise<void>
  /**
   * Writes what is left and lets go of every file, which is opened anew at its next line; what fails is tried again at
   * once. For `logrotate` and the like: `process.on('SIGHUP', () => logs.reopen())`. Files that were moved or deleted
   * are noticed without it, but only when there is a line to write.
   */
  reopen(): void
  /** Writes what is left and closes the files. Later lines go to the console. May be called twice. */
  close(): Promise<void>
  /** How each output (file, console, handler) fares: whether it fails, and how many lines wait or were given up. */
  health(): OutputHealth[]
}

/** What `beforeLine` makes of the fields of a line in `requests`; undefined where it drops the line. */
type Edit = (fields: object, message: string) => Readonly<Record<string, SafeValue>> | undefined

// Shared by copies of the package; not part of what `defineLogs` promises.
const editKey = Symbol.for('spoor.edit')

/** What `beforeLine` of these logs does, for what shows requests elsewhere; undefined where there is none. */
export function editOf(logs: object): Edit | undefined {
  return (logs as { [editKey]?: Edit | undefined })[editKey]
}

const defaultMaxLineBytes = 65_536
// A request's path on a line. The secrets in a shorter one cannot make it much longer.
const maxPathBytes = 520
const maxUnchecked = 256

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
  return new DefinedLogs(checkOptions('defineLogs', options, logsOptions))
}

class DefinedLogs<Name extends string> implements Logs<Exclude<Name, 'requests'>> {
  readonly root: Logger
  readonly #options: LogsOptions<Name>
  readonly #parts: Omit<LoggerCore, 'name' | 'handlers'>
  readonly #loggers = new Map<string, Logger>()
  readonly #handlers: HandlerSet

  constructor(options: LogsOptions<Name>) {
    this.#options = options
    this.#handlers = new HandlerSet(options)
    const maxLineBytes = options.maxLineBytes ?? defaultMaxLineBytes
    this.#parts = {
      redaction: redaction(options.redact?.keys, options.redact?.replace),
      bounds: { ...defaultBounds, characters: maxLineBytes },
      beforeLine: options.beforeLine,
      maxLineBytes,
    }
    const root = this.#handlers.of('root', options.root ?? ownMembers({}))
    this.root = this.#logger('root', options.root?.level, root)
    const problem = options.files === undefined ? filesProblem() : undefined
    if (problem !== undefined) this.root.warn(problem)
    for (const [name, own] of this.#domains()) {
      const handlers = this.#handlers.of(name, own)
      this.#loggers.set(name, this.#logger(name, own.level, own.propagate ? joined(handlers, root) : handlers))
    }
  }

  get(name: Name | 'requests'): Logger {
    const logger = this.#loggers.get(name)
    if (logger !== undefined) return logger
    const known = [...this.#loggers.keys()].join(', ')
    const meant = nearestName(String(name), [...this.#loggers.keys()])
    const fix = meant === undefined ? 'add it to loggers' : `did you mean ${meant}?`
    const got = JSON.stringify(String(name).slice(0, 60))
    throw new TypeError(`logs.get: expected one of ${known}, got ${got}; ${fix}`)
  }

  files(): Readonly<Record<string, string>> {
    return this.#handlers.files()
  }

  safe(value: unknown): SafeValue | undefined {
    return safeValue(value, this.#parts.redaction, this.#parts.bounds)
  }

  get [editKey](): Edit | undefined {
    const { beforeLine, redaction: hiding, bounds } = this.#parts
    if (beforeLine === undefined) return undefined
    return (fields, message) => {
      const own = safeFields(fields, hiding, bounds)
      const entry: Entry = { time: Date.now(), level: 'info', logger: 'requests', message, fields: own }
      return askedBeforeLine(entry, beforeLine, hiding, bounds)?.fields
    }
  }

  safePath(path: string): string {
    const { redaction } = this.#parts
    const safe = withoutSecretSegments(path, redaction.replace)
    if (safe.length <= maxUnchecked) return safe
    // `[redacted]` may be longer than what it replaces.
    const redacted = redaction.text(safe)
    const end = endWithin(redacted, maxPathBytes)
    return end === redacted.length ? redacted : `${redacted.slice(0, end)}…`
  }

  flush(): Promise<void> {
    return this.#handlers.flush()
  }

  reopen(): void {
    this.#handlers.reopen()
  }

  close(): Promise<void> {
    return this.#handlers.close()
  }

  health(): OutputHealth[] {
    return this.#handlers.health()
  }

  #domains(): [string, LoggerOptions][] {
    const own: Record<string, LoggerOptions> = this.#options.loggers
    return Object.entries({ ...own, requests: ownMembers({ ...requestsDefaults, ...own['requests'] }) })
  }

  #logger(name: string, level: string | undefined, handlers: readonly BufferedHandler[]): Logger {
    return createLogger({ ...this.#parts, name, handlers }, levelOf(level ?? 'info') as LevelOrSilent)
  }
}

/** The handlers of a logger and of the root, the console once. */
function joined(own: readonly BufferedHandler[], root: readonly BufferedHandler[]): BufferedHandler[] {
  const lines = new Set(own.map((handler) => handler.lines))
  return [...own, ...root.filter((handler) => !lines.has(handler.lines))]
}
