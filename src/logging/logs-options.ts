import { outsideLogger, outsideLogs } from '../foreign-options.js'
import {
  all,
  type Check,
  callback,
  check,
  type Fix,
  flag,
  inArray,
  list,
  object,
  oneOf,
  optional,
  problemOf,
  record,
  text,
  wholeNumber,
} from '../options.js'
import { oncePerProcess } from '../process/once.js'
import { escapeJson } from '../safe-values/escape.js'
import type { Entry } from './entry.js'
import type { Handler } from './handlers/handler.js'
import { defaultRotation, type Rotation } from './handlers/rotation.js'
import { expectedLevel, isLevel, type LevelOption, levelFix } from './levels.js'

/** The format of a line (docs/logs.md). `publish_sync` is the old name of `text`, accepted until 0.3. */
export type Format = 'text' | 'publish_sync' | 'verbose' | 'json'

/**
 * When lines are written to files and handlers. `soon`: in the next turn of the event loop, but at most once per
 * millisecond while the loop is busy. `turn`: in the next turn. `line`: each at once.
 */
export type Flush = 'soon' | 'turn' | 'line'

export const defaultFlush: Flush = 'soon'

/**
 * The format on the console. `true` means `pretty` on a terminal. If standard output is not a terminal, `true` means
 * `verbose`, or `json` if files are off.
 */
export type ConsoleOption = boolean | 'pretty' | 'verbose' | 'json'

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

/** Options of `defineLogs`. */
export interface LogsOptions<Name extends string> {
  /** The directory of the files. Created if missing. Default `logs`. */
  directory?: string | undefined
  /** Files rotate before they would grow past `maxBytes` (default 10 MB), and keep `backups` (default 10) older files. */
  rotation?: Partial<Rotation> | undefined
  /**
   * The log domains, by name. `requests` is built in: an entry for it overrides single options. `root` is rejected here; it has an
   * option of its own.
   */
  loggers: { readonly [K in Name]: LoggerOptions }
  /** Options of the root logger. */
  root?: RootOptions | undefined
  /** `keys` are redacted in addition to the built-in ones. `replace` stands in place of a secret; default `[redacted]`. */
  redact?: { keys?: readonly string[] | undefined; replace?: string | undefined } | undefined
  /** Called with every entry before it is formatted. Returns the entry, changed or not, or undefined to drop it. */
  beforeLine?: ((entry: Entry) => Entry | undefined) | undefined
  /** `false` opens and creates no file. Default `true`, or `false` if SPOOR_FILES is off, false, 0 or no in the environment. */
  files?: boolean | undefined
  /** Permissions of the files that Spoor creates. Default 0o640. */
  mode?: number | undefined
  /** Bytes. In a line that would be longer, the longest strings are cut and marked. Default 65,536. */
  maxLineBytes?: number | undefined
}

const level: Check = optional(check(isLevel, expectedLevel, levelFix))
const fileName: Check = check(
  (value) => typeof value === 'string' && /^[A-Za-z0-9._-]{1,200}$/.test(value) && !/^\.+$/.test(value),
  'a file name of letters, digits, dots, - and _',
  'name the directory in the option directory',
)
const rotation: Check = optional(
  object({ maxBytes: optional(wholeNumber(1, 'bytes')), backups: optional(wholeNumber(1, 'backups')) }),
)
const consoleOption: Check = optional(oneOf([true, false, 'pretty', 'verbose', 'json']))
const loggerName: Check = check(
  (value) => typeof value === 'string' && /^[A-Za-z][\w.-]{0,63}$/.test(value) && value !== 'root',
  'a name of a letter, then letters, digits, _ . or -, other than root',
)
const handler: Check = check(isHandler, 'a handler with write, flush and close')

const asFile: Fix = (value, quoted) => (typeof value === 'string' ? `write { file: ${quoted} }` : undefined)

const loggerOptions: Check = object(
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

interface NamedFile {
  /** The path of the option that names the file: `loggers.a`. */
  readonly owner: string
  readonly file: string
  /** The options on which loggers of the same file must agree. */
  readonly how: string
  readonly format: string
}

/** Every file in these options, with those of `requests` and of the root. */
function filesOf(options: Partial<LogsOptions<string>>): NamedFile[] {
  const loggers: Readonly<Record<string, LoggerOptions>> = isObject(options.loggers) ? options.loggers : {}
  const { requests, ...domains } = loggers
  const all: [string, LoggerOptions | undefined][] = [
    ['root', options.root],
    ...Object.entries(domains).map(([name, own]): [string, LoggerOptions] => [`loggers.${name}`, own]),
    ['loggers.requests', { ...requestsDefaults, ...requests }],
  ]
  return all.flatMap(([owner, own]) => {
    const { file, flush = defaultFlush, format = 'text', rotation }: LoggerOptions = isObject(own) ? own : {}
    const { maxBytes, backups } = { ...defaultRotation, ...options.rotation, ...rotation }
    const how = [flush, maxBytes, backups].map(String).join()
    return typeof file === 'string' ? [{ owner, file, how, format }] : []
  })
}

// Loggers may share a file if they agree about it. A file must not have the name of a backup or lock of another file.
function separateFiles(value: unknown, _path: string, problems: string[]): void {
  const known = new Map<string, NamedFile>()
  const files = isObject(value) ? filesOf(value) : []
  for (const one of files) {
    const other = known.get(one.file)
    if (other === undefined) known.set(one.file, one)
    else if (other.how !== one.how) {
      const expected = `the same flush and rotation as ${other.owner}, which has this file, too`
      problems.push(`${one.owner}.file: expected ${expected}, got others for ${one.file}; name another file`)
    }
  }
  onlyJson(files, problems)
  for (const { owner, file } of known.values()) {
    const backupOf = known.get(file.replace(/\.\d+$/, ''))
    if (/\.\d+$/.test(file) && backupOf !== undefined) {
      problems.push(
        `${owner}.file: expected another name than that of a backup of ${backupOf.owner}.file, got ${file}; rename it`,
      )
    }
    const lockOf = known.get(file.replace(/^\.(.*)\.lock\.(?:\d+|of-.*)$/, '$1'))
    if (lockOf !== undefined && lockOf.file !== file) {
      problems.push(
        `${owner}.file: expected another name than that of a lock of ${lockOf.owner}.file, got ${file}; rename it`,
      )
    }
  }
}

// The inspector reads the file of `requests` as lines of JSON.
function onlyJson(files: readonly NamedFile[], problems: string[]): void {
  const requests = files.find(({ owner }) => owner === 'loggers.requests')
  if (requests?.format !== 'json') return
  for (const { owner, file, how, format } of files) {
    // One mistake is enough for one file.
    if (file !== requests.file || how !== requests.how || format === 'json') continue
    const fix = owner === 'root' ? 'name another file' : "name another file, or write format: 'json'"
    problems.push(
      `${owner}.file: expected only JSON lines in ${file}, the file of requests, got format ${format}; ${fix}`,
    )
  }
}

const fileMode: Check = (value, path, problems) => {
  if (Number.isInteger(value) && isFileMode(value as number)) return
  const expected = 'a file mode from 0o600 to 0o777, so that at least the owner reads and writes'
  // 640 is 0o1200: the author meant the digits of chmod.
  const digits = /^[0-7]{3}$/.test(String(value)) ? Number.parseInt(String(value), 8) : 0
  const fix = isFileMode(digits) ? `did you mean 0o${digits.toString(8)}?` : undefined
  problems.push(problemOf(value, path, expected, fix))
}

function isFileMode(value: number): boolean {
  return value >= 0o600 && value <= 0o777
}

const off: readonly string[] = ['off', 'false', '0', 'no']
const on: readonly string[] = ['', 'on', 'true', '1']

/** Whether the environment variable SPOOR_FILES allows files. An invalid value counts as unset. */
export function filesByEnvironment(): boolean {
  return !off.includes(saidOfFiles())
}

/** A warning about an invalid SPOOR_FILES, once per process. Undefined if the value is valid, or if this was called before. */
export function filesProblem(): string | undefined {
  if (on.includes(saidOfFiles()) || off.includes(saidOfFiles())) return undefined
  const once = oncePerProcess('files-problem.1', () => ({ said: false }))
  if (once.said) return undefined
  once.said = true
  const problem = problemOf(process.env['SPOOR_FILES'], 'SPOOR_FILES', 'on or off', 'files are written, as by default')
  return escapeJson(problem)
}

function saidOfFiles(): string {
  return (process.env['SPOOR_FILES'] ?? '').toLowerCase()
}

const members: Check = object(
  {
    directory: optional(text),
    rotation,
    loggers: record(loggerName, loggerOptions),
    root: optional(object({ level, console: consoleOption, file: optional(fileName) }, asFile, outsideLogger)),
    redact: optional(
      object(
        { keys: optional(list(text, inArray)), replace: optional(check(isString, 'a string')) },
        "name keys: redact: { keys: ['password'] }",
      ),
    ),
    beforeLine: optional(callback),
    files: optional(flag),
    mode: optional(fileMode),
    maxLineBytes: optional(wholeNumber(256, 'bytes')),
  },
  undefined,
  outsideLogs,
)

/** Checks the options of `defineLogs`. */
export const logsOptions: Check = all(members, separateFiles)

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isHandler(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return ['write', 'flush', 'close'].every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
}

function isString(value: unknown): boolean {
  return typeof value === 'string'
}
