import { join } from 'node:path'
import { runWithout } from '../context/storage.js'
import { checkOptions } from '../options.js'
import { endWithin } from '../safe-values/end-within.js'
import { nearestName } from '../safe-values/nearest-name.js'
import { ownMembers } from '../safe-values/own-member.js'
import { redaction } from '../safe-values/redaction.js'
import { withoutSecretSegments } from '../safe-values/safe-path.js'
import { defaultBounds, type SafeValue, safeFields, safeValue } from '../safe-values/safe-value.js'
import { typeName } from '../safe-values/type-name.js'
import { baseOf } from './base-fields.js'
import { askedBeforeLine } from './before-line.js'
import { type Capturable, captureInto, captureKey, type TakeLine } from './captured-lines.js'
import { lineChoice } from './choice/choice.js'
import type { LevelRules } from './choice/level-rules.js'
import { type LevelsHeard, LevelsWatch } from './choice/levels-watch.js'
import type { Entry } from './entry.js'
import { addListener, type EntryListener, listenKey } from './entry-listener.js'
import { defaultsByEnvironment, environmentProblems } from './environment.js'
import { HandlerSet } from './handler-set.js'
import type { OutputHealth } from './handlers/failure-warnings.js'
import type { KeptLines } from './handlers/handler.js'
import { levelOf } from './levels.js'
import { EntryBuilder, json, type LoggerCore } from './line.js'
import type { BufferedHandler } from './line-buffer.js'
import type { LineChoice, RunTime } from './line-choice.js'
import { createLogger, type Logger } from './logger.js'
import { type LoggerOptions, requestsOptions, withDefaults } from './logger-options.js'
import { type LogsOptions, logsOptions } from './logs-options.js'
import { lineFor, type RootOutput, rootOutputKey } from './root-line.js'
import { serializers } from './serializers.js'
import { WarnOnce } from './warn-once.js'

/**
 * The loggers of a service. With `isolatedDeclarations`, an exported constant needs its type written out:
 * `export const logs: Logs<'a' | 'b'> = defineLogs({ … })`. A name that is missing on either side does not compile.
 */
export interface Logs<in out Name extends string> {
  /** Returns the logger of a domain. The compiler checks the name. @throws TypeError for an unknown name */
  get(name: Name | 'requests'): Logger
  /** The logger for entries that belong to no domain. Default: console only, level `info`. */
  readonly root: Logger
  /** The absolute path of each logger's file, by the name of the logger. Backups are not listed. */
  files(): Readonly<Record<string, string>>
  /** Returns a value as a line shows it: plain JSON, bounded, secrets redacted by the options of these logs. Never throws. */
  safe(value: unknown): SafeValue | undefined
  /** Returns a URL path as it would stand in a line: tokens (JWTs, random segments of 20 characters or more) are redacted. */
  safePath(path: string): string
  /**
   * Resolves when every line logged so far has been passed to the system. The lines that can be written at once are written
   * synchronously. Lines that a file refuses go to the console, and are tried again later.
   */
  flush(): Promise<void>
  /**
   * Writes the pending lines and closes every file. A file opens again at its next line. A handler that failed is tried again at
   * once. For programs such as `logrotate`: `process.on('SIGHUP', () => logs.reopen())`. Without this call, Spoor notices a moved
   * or deleted file only when it writes the next line.
   */
  reopen(): void
  /** Writes the pending lines and closes the files. Later lines go to the console. May be called twice. */
  close(): Promise<void>
  /** The state of each handler (file, console, your own): whether it fails, and how many lines wait or were lost. */
  health(): OutputHealth[]
}

/** Applies `beforeLine` to the fields of a request line. Returns undefined if `beforeLine` drops the line. */
type Edit = (fields: object, message: string) => Readonly<Record<string, SafeValue>> | undefined

// Shared by copies of the package; not part of the public interface.
const editKey = Symbol.for('spoor.edit')

/** The edit that `beforeLine` of these logs makes, for parts that show requests elsewhere. Undefined without `beforeLine`. */
export function editOf(logs: object): Edit | undefined {
  return (logs as { [editKey]?: Edit | undefined })[editKey]
}

// Not part of the public interface.
const keptKey = Symbol.for('spoor.kept')

/** The lines that a handler of these logs can read back; undefined if none can. */
export function keptOf(logs: object): KeptLines | undefined {
  return (logs as { [keptKey]?: KeptLines | undefined })[keptKey]
}

const defaultMaxLineBytes = 65_536
// A request's path on a line. The secrets in a shorter one cannot make it much longer.
const maxPathBytes = 520
const maxUnchecked = 256
// In the message about an unknown name.
const maxNamed = 20

/**
 * Defines the loggers of a service, by the names of their domains. Call it in a module that imports nothing else of the service:
 * then every file can import that module at any time.
 *
 * @example
 * export const logs = defineLogs({
 *   directory: 'logs/publish-sync-logs',
 *   loggers: { publish_sync: { file: 'publish_sync.log' }, webhooks: { file: 'webhooks.log' } },
 * })
 * logs.get('publish_sync').info({ postId: 7 }, 'published')
 *
 * @throws OptionsError at the call, with every mistake in the options
 */
export function defineLogs<const Name extends string>(options: LogsOptions<Name>): Logs<Exclude<Name, 'requests'>> {
  return new DefinedLogs(checkOptions('defineLogs', options, logsOptions))
}

class DefinedLogs<Name extends string> implements Logs<Exclude<Name, 'requests'>>, Capturable {
  readonly root: Logger
  readonly #options: LogsOptions<Name>
  readonly #parts: Omit<LoggerCore, 'name' | 'handlers'>
  readonly #loggers = new Map<string, Logger>()
  readonly #base: Entry['fields']
  readonly #handlers: HandlerSet
  readonly #rootHandlers: readonly BufferedHandler[]
  readonly #runTime: RunTime = { choice: undefined }
  /** What the options ask for beside levels; undefined if they ask for nothing. */
  readonly #chosen: LineChoice | undefined
  readonly #levels: { close(): void } | undefined
  /** The names in levels.json that no logger has, as the last warnings said. */
  #unknownInLevels: readonly string[] = []
  /** The handlers of each logger, and of the root. */
  readonly #handlersOf = new Set<BufferedHandler[]>()

  constructor(options: LogsOptions<Name>) {
    this.#options = Object.assign(
      ownMembers(options),
      withDefaults(options, defaultsByEnvironment()),
    ) as LogsOptions<Name>
    const maxLineBytes = options.maxLineBytes ?? defaultMaxLineBytes
    this.#parts = {
      redaction: redaction(options.redact?.keys, options.redact?.replace),
      bounds: { ...defaultBounds, characters: maxLineBytes },
      beforeLine: options.beforeLine,
      maxLineBytes,
      runTime: this.#runTime,
    }
    this.#base = safeFields(options.base ?? {}, this.#parts.redaction, this.#parts.bounds)
    const rootOptions = withDefaults(options.root ?? {}, this.#options)
    const formats = [options.format, rootOptions.format, ...this.#domains().map(([, own]) => own.format)]
    this.#handlers = new HandlerSet(
      Object.assign(ownMembers(this.#options), { root: rootOptions, base: this.#base, formats }),
    )
    const root = this.#handlers.of('root', rootOptions)
    this.#rootHandlers = root
    this.root = this.#logger('root', rootOptions.level, root)
    const isHeard = root.length > 0 && this.root.isLevelEnabled('warn')
    for (const problem of environmentProblems(options)) {
      if (isHeard) this.root.warn(problem)
      // The text is escaped: Node writes it to standard error as it is.
      else process.emitWarning(problem, { type: 'SpoorWarning', code: 'SPOOR_ENVIRONMENT' })
    }
    for (const [name, own] of this.#domains()) {
      const handlers = this.#handlers.of(name, own)
      this.#loggers.set(name, this.#logger(name, own.level, own.propagate ? joined(handlers, root) : handlers))
    }
    const { detail, sample, flood } = options
    if ([detail, sample, flood].some((option) => option !== undefined)) this.#chosen = this.#newChoice()
    this.#runTime.choice = this.#chosen
    const { directory } = this.#handlers
    if (directory !== undefined) this.#levels = new LevelsWatch(join(directory, 'levels.json'), this.#levelsHeard())
  }

  get(name: Name | 'requests'): Logger {
    const logger = this.#loggers.get(name)
    if (logger !== undefined) return logger
    const names = [...this.#loggers.keys()]
    const more = names.length > maxNamed ? `, and ${names.length - maxNamed} more` : ''
    const known = `${names.slice(0, maxNamed).join(', ')}${more}`
    // An object without a prototype has no text.
    const given = typeof name === 'object' ? typeName(name) : String(name)
    const meant = nearestName(given, names)
    const fix = meant === undefined ? 'add it to loggers' : `did you mean ${meant}?`
    const got = JSON.stringify(given.slice(0, 60))
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

  [listenKey](listener: EntryListener): () => void {
    return addListener(this.#handlersOf, listener)
  }

  get [keptKey](): KeptLines | undefined {
    return this.#handlers.kept
  }

  [captureKey](take: TakeLine): () => void {
    return captureInto(this.#runTime, take)
  }

  get [rootOutputKey](): RootOutput {
    const handlers = this.#rootHandlers
    const format = handlers.find(({ isConsole, isCustom }) => !isConsole && !isCustom)?.format
    const core: LoggerCore = { ...this.#parts, name: 'root', handlers }
    const builder = new EntryBuilder('root', core, serializers).child(baseOf('root', this.#base), undefined)
    const path = this.files()['root']
    return {
      file: path === undefined || format === undefined ? undefined : { path, mode: this.#options.mode ?? 0o640 },
      line: (of, asJson) =>
        this.root.isLevelEnabled(of.level) ? lineFor(core, builder, asJson ? json : (format ?? json), of) : undefined,
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
    this.#runTime.choice?.flush()
    return this.#handlers.flush()
  }

  reopen(): void {
    this.#handlers.reopen()
  }

  close(): Promise<void> {
    this.#levels?.close()
    this.#runTime.choice?.flush()
    return this.#handlers.close()
  }

  health(): OutputHealth[] {
    return this.#handlers.health()
  }

  #newChoice(): LineChoice {
    const { detail, sample, flood } = this.#options
    const { warn } = new WarnOnce(this.root)
    return lineChoice({ detail, sample, flood }, (message) => warn('detail', message))
  }

  /** Without rules and options, lines take the short way again. */
  #applyRules(rules: LevelRules | undefined): void {
    const choice = this.#runTime.choice ?? (rules && this.#newChoice())
    if (choice !== undefined) choice.rules = rules
    this.#runTime.choice = rules === undefined ? this.#chosen : choice
  }

  #levelsHeard(): LevelsHeard {
    return {
      changed: (rules) => {
        this.#applyRules(rules)
        const said = rules?.words ?? 'those of the options'
        runWithout(() => {
          this.root.info(`levels: ${said}`)
          this.#warnOfUnknown(rules)
        })
      },
      refused: (reason) => runWithout(() => this.root.warn(`${reason}. The levels stay as they are`)),
    }
  }

  /** Says once that a rule changes nothing, because this service has no logger of its name. */
  #warnOfUnknown(rules: LevelRules | undefined): void {
    const known = [...this.#loggers.keys(), 'root']
    const unknown = [...(rules?.loggers ?? [])].filter((name) => !known.includes(name))
    for (const name of unknown) {
      if (this.#unknownInLevels.includes(name)) continue
      const meant = nearestName(name, known)
      const fix = meant === undefined ? 'the rule changes nothing here' : `did you mean ${meant}?`
      this.root.warn(`levels.json: no logger ${JSON.stringify(name)}; ${fix}`)
    }
    this.#unknownInLevels = unknown
  }

  #domains(): [string, LoggerOptions][] {
    const { requests, ...domains }: Record<string, LoggerOptions> = this.#options.loggers
    const all = Object.entries(domains).map(([name, own]): [string, LoggerOptions] => [
      name,
      withDefaults(own, this.#options),
    ])
    return [...all, ['requests', requestsOptions(requests, this.#options)]]
  }

  #logger(name: string, level: string | undefined, handlers: BufferedHandler[]): Logger {
    this.#handlersOf.add(handlers)
    return createLogger({ ...this.#parts, name, handlers }, levelOf(level ?? 'info'), baseOf(name, this.#base))
  }
}

/** The handlers of a logger and of the root. A handler that both have, such as the console, is listed once. */
function joined(own: readonly BufferedHandler[], root: readonly BufferedHandler[]): BufferedHandler[] {
  const lines = new Set(own.map((handler) => handler.lines))
  return [...own, ...root.filter((handler) => !lines.has(handler.lines))]
}
