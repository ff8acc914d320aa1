import {
  all,
  type Check,
  callback,
  check,
  either,
  flag,
  inArray,
  list,
  object,
  optional,
  problemOf,
  record,
  text,
  wholeNumber,
} from '../options.js'
import { type LineChoiceOptions, lineChoiceOptions } from './choice/choice-options.js'
import type { Entry } from './entry.js'
import type { Rotation } from './handlers/rotation.js'
import {
  type LoggerDefaults,
  type LoggerOptions,
  loggerDefaults,
  loggerName,
  loggerOptions,
  type RootOptions,
  rootOptions,
  rotation,
} from './logger-options.js'
import { separateFiles } from './shared-files.js'

/**
 * Options of `defineLogs`. `level`, `format`, `console` and `flush` are defaults for all loggers, the root logger included. A
 * logger's own option has priority.
 */
export interface LogsOptions<Name extends string> extends LoggerDefaults, LineChoiceOptions {
  /** The directory of the files. Created if missing. Default `logs`. */
  directory?: string | undefined
  /**
   * A file rotates before a line would make it larger than `maxBytes` (default 10 MB), and keeps `backups` (default 10) older
   * files. With `keepForMs`, a backup is deleted when its last line is older. Default: no limit of age.
   */
  rotation?: Partial<Rotation> | undefined
  /**
   * The log domains, by name. `requests` is built in: an entry for it overrides single options. `root` is rejected here; it has an
   * option of its own.
   */
  loggers: { readonly [K in Name]: LoggerOptions }
  /** Options of the root logger, which writes entries that belong to no domain. */
  root?: RootOptions | undefined
  /** Fields of every line, such as `{ region: 'eu' }`. Fields of an entry or child replace those of the same name. Default none. */
  base?: object | null | undefined
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

/** Permissions that leave the owner the right to read and write. */
export const fileMode: Check = (value, path, problems) => {
  if (Number.isInteger(value) && isFileMode(value as number)) return
  const expected = 'a file mode from 0o600 to 0o777, so that at least the owner reads and writes'
  // 640 is 0o1200: the author meant the digits of chmod.
  const written = typeof value === 'number' || typeof value === 'string' ? String(value) : ''
  const digits = /^[0-7]{3}$/.test(written) ? Number.parseInt(written, 8) : 0
  const fix = isFileMode(digits) ? `did you mean 0o${digits.toString(8)}?` : undefined
  problems.push(problemOf(value, path, expected, fix))
}

function isFileMode(value: number): boolean {
  return value >= 0o600 && value <= 0o777
}

const baseFields: Check = check(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'an object of fields',
  "write base: { region: 'eu' }",
)

const members: Check = object(
  {
    directory: optional(text),
    rotation,
    loggers: record(loggerName, loggerOptions),
    root: optional(rootOptions),
    ...loggerDefaults,
    ...lineChoiceOptions,
    base: optional(either(null, baseFields)),
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
  'defineLogs',
)

/** Checks the options of `defineLogs`. */
export const logsOptions: Check = all(members, separateFiles)

function isString(value: unknown): boolean {
  return typeof value === 'string'
}
