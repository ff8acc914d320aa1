import { type Check, check, type Fix, flag, list, object, oneOf, optional, problemOf, wholeNumber } from '../options.js'
import { own, ownMembers } from '../safe-values/own-member.js'
import { type DialectName, dialectNames } from './formatters/dialects/dialect-names.js'
import type { Handler } from './handlers/handler.js'
import type { Rotation } from './handlers/rotation.js'
import { expectedLevel, isUnsetLevel, type LevelOption, levelFix, levelNamed } from './levels.js'

/**
 * The format of a line (docs/logs.md). `gcp`, `ecs` and `datadog` are JSON for Google Cloud Logging, Elasticsearch and
 * Datadog. `publish_sync` is the old name of `text`, accepted until 0.3.
 */
export type Format = 'text' | 'publish_sync' | 'verbose' | 'json' | DialectName

/**
 * When lines are written to files and handlers. `soon`: in the next turn of the event loop, but at most once per
 * millisecond while the loop is busy. `turn`: in the next turn. `line`: each at once.
 */
export type Flush = 'soon' | 'turn' | 'line'

export const defaultFlush: Flush = 'soon'

/**
 * The format on the console. `true` means `pretty` on a terminal, else `verbose`. If files are off and standard output is not a
 * terminal, `true` means `json`, or the logger's format if that is `gcp`, `ecs` or `datadog`.
 */
export type ConsoleOption = boolean | 'pretty' | 'verbose' | 'json' | DialectName

/** Options of every logger, also of the root logger. All have defaults: `{}` means level `info`, console only. */
export interface RootOptions {
  /** The name of the file in `directory`. Default: no file, console only. */
  file?: string | undefined
  /**
   * Entries below this level are dropped. Any string compiles, in any case; `defineLogs` checks it. An empty string means "not
   * set". Default: `level` of `defineLogs`, then the environment variable SPOOR_LEVEL, then `info`.
   */
  level?: LevelOption
  /** The format of the lines in the file. Default: `format` of `defineLogs`, then `text`. */
  format?: Format | undefined
  /**
   * Whether lines also go to the console, and in which format. Default: `console` of `defineLogs`, then the environment variable
   * SPOOR_CONSOLE, then `true`.
   */
  console?: ConsoleOption | undefined
  /** Overrides the option `rotation` of all files, member by member. */
  rotation?: Partial<Rotation> | undefined
  /** When lines are written. Default `soon`. */
  flush?: Flush | undefined
  /** Your own handlers. They get the lines in this logger's format; refused lines are passed to them again. Default none. */
  handlers?: readonly Handler[] | undefined
}

/** Options of one log domain. */
export interface LoggerOptions extends RootOptions {
  /** Whether entries also go to the handlers of the root logger. Default `false`. */
  propagate?: boolean | undefined
}

/** Defaults for all loggers, the root logger and `requests` included. A logger's own option has priority. */
export interface LoggerDefaults {
  /** Entries below this level are dropped. Default: the environment variable SPOOR_LEVEL, or `info`. */
  level?: LevelOption
  /** The format of the lines in all files except the file of `requests`. Default `text`. */
  format?: Format | undefined
  /** Whether lines go to the console, and in which format. Default: the environment variable SPOOR_CONSOLE, or `true`. */
  console?: ConsoleOption | undefined
  /** When lines are written. Default `soon`. */
  flush?: Flush | undefined
}

/** The logger of request lines: a file of its own, as JSON. An entry named `requests` in `loggers` overrides single options. */
const requestsDefaults: LoggerOptions = { file: 'requests.jsonl', format: 'json' }

const anyLevel: Check = (value, path, problems) => {
  if (!isUnsetLevel(value) && levelNamed(value) === undefined)
    problems.push(problemOf(value, path, expectedLevel, levelFix))
}
const level: Check = Object.assign(anyLevel, { taken: levelNamed })
const fileName: Check = check(
  (value) => typeof value === 'string' && /^[A-Za-z0-9._-]{1,200}$/.test(value) && !/^\.+$/.test(value),
  'a file name of letters, digits, dots, - and _',
  'name the directory in the option directory',
)
export const rotation: Check = optional(
  object({
    maxBytes: optional(wholeNumber(1, 'bytes')),
    backups: optional(wholeNumber(1, 'backups')),
    keepForMs: optional(wholeNumber(1, 'milliseconds')),
  }),
)
const consoleOption: Check = optional(
  oneOf([true, false, 'pretty', 'verbose', 'json', ...dialectNames], {
    text: "text is for files: write format: 'text'",
  }),
)
export const loggerName: Check = check(
  (value) => typeof value === 'string' && /^[A-Za-z][\w.-]{0,63}$/.test(value) && value !== 'root',
  'a name of a letter, then letters, digits, _ . or -, other than root',
)
const handler: Check = check(isHandler, 'a handler with write, flush and close')

const asFile: Fix = (value, quoted) => (typeof value === 'string' ? `write { file: ${quoted} }` : undefined)

/** The checks of `LoggerDefaults`. */
export const loggerDefaults: Readonly<Record<keyof LoggerDefaults, Check>> = {
  level,
  format: optional(
    oneOf(['text', 'publish_sync', 'verbose', 'json', ...dialectNames], {
      pretty: "pretty is for the console: write console: 'pretty'",
    }),
  ),
  console: consoleOption,
  flush: optional(oneOf(['soon', 'turn', 'line'])),
}

const ofAll: Readonly<Record<keyof RootOptions, Check>> = {
  file: optional(fileName),
  ...loggerDefaults,
  rotation,
  handlers: optional(list(handler)),
}

export const rootOptions: Check = object(ofAll, asFile, 'root')
export const loggerOptions: Check = object({ ...ofAll, propagate: optional(flag) }, asFile, 'logger')

const namesOfDefaults = Object.keys(loggerDefaults) as (keyof LoggerDefaults)[]

/** The options of a logger: its own options, and the defaults for all others. */
export function withDefaults(options: LoggerOptions, defaults: LoggerDefaults): LoggerOptions {
  const ofAll = Object.fromEntries(namesOfDefaults.map((name) => [name, own(defaults, name)]))
  return ownMembers<LoggerOptions>({ ...set(ofAll), ...set(options) })
}

/** The options of `requests`. The default format does not apply to its file, because the file is read as JSON. */
export function requestsOptions(own: LoggerOptions | undefined, defaults: LoggerDefaults): LoggerOptions {
  return withDefaults({ ...requestsDefaults, ...set(own ?? {}) }, defaults)
}

/** The options that are set. */
function set<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>
}

function isHandler(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return ['write', 'flush', 'close'].every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
}
