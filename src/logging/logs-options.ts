import {
  all,
  type Check,
  callback,
  check,
  flag,
  list,
  object,
  oneOf,
  optional,
  record,
  text,
  wholeNumber,
} from '../options.js'
import type { Entry } from './entry.js'
import type { Handler } from './handlers/handler.js'
import type { Rotation } from './handlers/rotation.js'
import { isLevel, type LevelOption, noLevel } from './levels.js'

/** How a line looks: docs/logs.md shows each. */
export type Format = 'publish_sync' | 'verbose' | 'json'

/** What a logger shows on the console: `true` is verbose, or json where files are off and stdout is no terminal. */
export type ConsoleOption = boolean | 'verbose' | 'json'

/** One log domain. An empty object is a whole one: level info, console only, not propagating. */
export interface LoggerOptions {
  /** File name in `directory`. Default: none, the logger has the console only. */
  file?: string | undefined
  /** Entries below are dropped. Any string is accepted here and checked at the call. Default `info`. */
  level?: LevelOption
  /** How lines look in the file. Default `publish_sync`. */
  format?: Format | undefined
  /** Default `true`. */
  console?: ConsoleOption | undefined
  /** Entries go to the root's outputs too. Default `false`. */
  propagate?: boolean | undefined
  /** Overrides the rotation of all files. */
  rotation?: Partial<Rotation> | undefined
  /** When lines are written: at the next turn of the event loop, or each at once. Default `turn`. */
  flush?: 'turn' | 'line' | undefined
  /** What is not built in; they get the lines in this logger's format, and again what they refused. Default none. */
  handlers?: readonly Handler[] | undefined
}

/** Options of the root logger, which takes everything that belongs to no domain. */
export interface RootOptions {
  level?: LevelOption
  console?: ConsoleOption | undefined
  /** Default: none. */
  file?: string | undefined
}

/** Options of `defineLogs`. */
export interface LogsOptions<Name extends string> {
  /** Where the files are, created when missing. Default `logs`. */
  directory?: string | undefined
  /** When files rotate: before they would pass `maxBytes` (default 10 MB), with `backups` (default 10) kept. */
  rotation?: Partial<Rotation> | undefined
  /** The log domains by name. `requests` is built in; an entry for it overrides only what it names. */
  loggers: { readonly [K in Name]: LoggerOptions }
  root?: RootOptions | undefined
  /** Keys to hide beside the built-in ones, and what stands in their place (default `[redacted]`). */
  redact?: { keys?: readonly string[] | undefined; replace?: string | undefined } | undefined
  /** Sees every entry before it is formatted: gives it back, changed or not, or undefined to drop it. */
  beforeLine?: ((entry: Entry) => Entry | undefined) | undefined
  /** `false` opens and creates no file. Default `true`, or `false` where the environment says `SPOOR_FILES=off`. */
  files?: boolean | undefined
  /** Permissions of files it creates. Default 0o640. */
  mode?: number | undefined
  /** Where a line would be longer, its longest strings are cut and say so. Default 65,536. */
  maxLineBytes?: number | undefined
}

const level: Check = optional((value, path, problems) => {
  if (!isLevel(value)) check(() => false, noLevel)(value, path, problems)
})
const fileName: Check = check(
  (value) => typeof value === 'string' && /^[A-Za-z0-9._-]{1,200}$/.test(value) && !/^\.+$/.test(value),
  'is no file name (letters, digits, dots, - and _; the directory is an option of its own)',
)
const rotation: Check = optional(
  object({ maxBytes: optional(wholeNumber(1, 'bytes')), backups: optional(wholeNumber(1, 'backups')) }),
)
const consoleOption: Check = optional(oneOf([true, false, 'verbose', 'json']))
const loggerName: Check = check(
  (value) => typeof value === 'string' && /^[A-Za-z][\w.-]{0,63}$/.test(value) && value !== 'root',
  'is no name for a logger (a letter, then letters, digits, _ . or -; root is taken)',
)
const handler: Check = check(isHandler, 'is no handler: it needs write, flush and close')

const loggerOptions: Check = object({
  file: optional(fileName),
  level,
  format: optional(oneOf(['publish_sync', 'verbose', 'json'])),
  console: consoleOption,
  propagate: optional(flag),
  rotation,
  flush: optional(oneOf(['turn', 'line'])),
  handlers: optional(list(handler)),
})

// Loggers may share a file, but not disagree about it; and the backup of one must not be the file of another.
function separateFiles(value: unknown, path: string, problems: string[]): void {
  const known = new Map<string, { name: string; how: string }>()
  for (const [name, own] of Object.entries((value ?? {}) as Record<string, LoggerOptions>)) {
    const { file, flush = 'turn', rotation = {} } = own ?? {}
    if (typeof file !== 'string') continue
    const how = JSON.stringify([flush, rotation])
    const other = known.get(file)
    if (other !== undefined && other.how !== how) {
      problems.push(`${path}.${name}.file: ${file} is the file of ${other.name} too, with another flush or rotation`)
    }
    known.set(file, other ?? { name, how })
  }
  for (const [file, { name }] of known) {
    const backupOf = known.get(file.replace(/\.\d+$/, ''))
    if (/\.\d+$/.test(file) && backupOf !== undefined) {
      problems.push(`${path}.${name}.file: ${file} is the name of a backup of ${backupOf.name}'s file`)
    }
  }
}

/** What `defineLogs` takes. */
export const logsOptions: Check = object({
  directory: optional(text),
  rotation,
  loggers: all(record(loggerName, loggerOptions), separateFiles),
  root: optional(object({ level, console: consoleOption, file: optional(fileName) })),
  redact: optional(object({ keys: optional(list(text)), replace: optional(check(isString, 'is no text')) })),
  beforeLine: optional(callback),
  files: optional(flag),
  mode: optional(wholeNumber(0, 'permission bits')),
  maxLineBytes: optional(wholeNumber(256, 'bytes')),
})

function isHandler(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return ['write', 'flush', 'close'].every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
}

function isString(value: unknown): boolean {
  return typeof value === 'string'
}
