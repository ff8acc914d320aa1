import { outsideLogger } from '../foreign-options.js'
import { type Check, check, type Fix, flag, list, object, oneOf, optional, wholeNumber } from '../options.js'
import type { Handler } from './handlers/handler.js'
import type { Rotation } from './handlers/rotation.js'
import { expectedLevel, isLevel, type LevelOption, levelFix } from './levels.js'

/** The format of a line (docs/logs.md). `publish_sync` is the old name of `text`, accepted until 0.3. */
export type Format = 'text' | 'publish_sync' | 'verbose' | 'json'

/**
 * When lines are written to files and handlers. `soon`: in the next turn of the event loop, but at most once per
 * millisecond while the loop is busy. `turn`: in the next turn. `line`: each at once.
 */
export type Flush = 'soon' | 'turn' | 'line'

export const defaultFlush: Flush = 'soon'

/** The format on the console. `true` means `verbose`, or `json` if files are off and standard output is not a terminal. */
export type ConsoleOption = boolean | 'verbose' | 'json'

/** Options of one log domain. All have defaults: `{}` means level `info`, console only, no propagation. */
export interface LoggerOptions {
  /** The name of the file in `directory`. Default: no file, console only. */
  file?: string | undefined
  /** Entries below this level are dropped. Any string compiles; `defineLogs` checks it. Default `info`. */
  level?: LevelOption
  /** The format of the lines in the file. Default `text`. */
  format?: Format | undefined
  /** Whether lines also go to the console, and in which format. Default `true`. */
  console?: ConsoleOption | undefined
  /** Whether entries also go to the handlers of the root logger. Default `false`. */
  propagate?: boolean | undefined
  /** Overrides the option `rotation` of all files, member by member. */
  rotation?: Partial<Rotation> | undefined
  /** When lines are written. Default `soon`. */
  flush?: Flush | undefined
  /** Handlers of your own. They get the lines in this logger's format; refused lines are offered again. Default none. */
  handlers?: readonly Handler[] | undefined
}

/** Options of the root logger, which writes entries that belong to no domain. */
export interface RootOptions {
  /** Entries below this level are dropped. Default `info`. */
  level?: LevelOption
  /** Whether lines go to the console, and in which format. Default `true`. */
  console?: ConsoleOption | undefined
  /** The name of the file in `directory`. Default: no file. */
  file?: string | undefined
}

/** The logger of request lines: a file of its own, as JSON. An entry named `requests` in `loggers` overrides single options. */
export const requestsDefaults: LoggerOptions = { file: 'requests.jsonl', format: 'json' }

export const level: Check = optional(check(isLevel, expectedLevel, levelFix))
export const fileName: Check = check(
  (value) => typeof value === 'string' && /^[A-Za-z0-9._-]{1,200}$/.test(value) && !/^\.+$/.test(value),
  'a file name of letters, digits, dots, - and _',
  'name the directory in the option directory',
)
export const rotation: Check = optional(
  object({ maxBytes: optional(wholeNumber(1, 'bytes')), backups: optional(wholeNumber(1, 'backups')) }),
)
export const consoleOption: Check = optional(oneOf([true, false, 'verbose', 'json']))
export const loggerName: Check = check(
  (value) => typeof value === 'string' && /^[A-Za-z][\w.-]{0,63}$/.test(value) && value !== 'root',
  'a name of a letter, then letters, digits, _ . or -, other than root',
)
const handler: Check = check(isHandler, 'a handler with write, flush and close')

export const asFile: Fix = (value, quoted) => (typeof value === 'string' ? `write { file: ${quoted} }` : undefined)

export const loggerOptions: Check = object(
  {
    file: optional(fileName),
    level,
    format: optional(oneOf(['text', 'publish_sync', 'verbose', 'json'])),
    console: consoleOption,
    propagate: optional(flag),
    rotation,
    flush: optional(oneOf(['soon', 'turn', 'line'])),
    handlers: optional(list(handler)),
  },
  asFile,
  outsideLogger,
)

function isHandler(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return ['write', 'flush', 'close'].every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
}
