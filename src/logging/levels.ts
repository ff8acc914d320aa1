import { nearestName } from '../safe-values/nearest-name.js'

/** The six levels, least to most severe. */
export const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

/** The level of an entry. */
export type Level = (typeof levels)[number]

/** The level of a logger. Entries below it are dropped; `silent` drops all entries. */
export type LevelOrSilent = Level | 'silent'

/** A level in options. Any string compiles, since it may come from the environment; the call that takes the options checks it. */
export type LevelOption = LevelOrSilent | (string & {}) | undefined

/** The numbers of the levels: those of pino (https://github.com/pinojs/pino/blob/main/docs/api.md#level-string). */
export const levelNumbers: Readonly<Record<LevelOrSilent, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  silent: Number.POSITIVE_INFINITY,
}

/** True for one of the six levels or `silent`, in lower case. */
function isLevel(value: unknown): value is LevelOrSilent {
  return typeof value === 'string' && Object.hasOwn(levelNumbers, value)
}

/** The level that `value` names, in any case and with white space around it; undefined for an unknown name. */
export function levelNamed(value: unknown): LevelOrSilent | undefined {
  if (isLevel(value)) return value
  const name = typeof value === 'string' && value.length < 40 ? value.trim().toLowerCase() : undefined
  return isLevel(name) ? name : undefined
}

/** The level of an entry that `value` names, in any case; undefined if it names none, or `silent`. */
export function entryLevel(value: unknown): Level | undefined {
  const level = levelNamed(value)
  return level === 'silent' ? undefined : level
}

/** True for a level that is not set: undefined, or an empty text from the environment. */
export function isUnsetLevel(value: unknown): boolean {
  return value === undefined || (typeof value === 'string' && value.length < 40 && value.trim() === '')
}

/**
 * Returns `value` as a level.
 *
 * @throws TypeError if `value` is not one of the six levels or `silent`
 */
export function levelOf(value: unknown): LevelOrSilent {
  const level = levelNamed(value)
  if (level === undefined) throw new TypeError(levelProblem(value))
  return level
}

/** The message about a value that names no level. */
export function levelProblem(value: unknown): string {
  const got = typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : nameOf(value)
  return `level: expected ${expectedLevel}, got ${got}; ${levelFix(value)}`
}

// The text of an object may run code of the object.
function nameOf(value: unknown): string {
  return typeof value === 'number' || value === undefined || value === null
    ? String(value)
    : `a value of type ${typeof value}`
}

/** For error messages: the expected values of a level, and the fix. */
export const expectedLevel: string = `one of ${levels.join(', ')}`

/** The levels as text formats show them. */
export const levelNames: Readonly<Record<Level, string>> = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
}

/** For error messages: the level that a value most likely means. */
export function levelFix(value: unknown): string {
  if (typeof value === 'number' || (typeof value === 'string' && /^[1-6]0$/.test(value)))
    return fixOfNumber(Number(value))
  const said = typeof value === 'string' && value.length < 40 ? value.trim().toLowerCase() : ''
  const meant = Object.hasOwn(otherNames, said) ? otherNames[said] : nearestName(said, Object.keys(levelNumbers))
  return meant === undefined ? 'write one of these, or silent to drop all entries' : `did you mean ${meant}?`
}

// pino and bunyan take numbers, too.
function fixOfNumber(value: number): string {
  const level = levels.find((name) => levelNumbers[name] === value)
  return level === undefined ? 'write the name of a level' : `write '${level}', the name of level ${value}`
}

/** The levels of syslog, winston and console. */
const otherNames: Readonly<Record<string, LevelOrSilent>> = {
  silly: 'trace',
  notice: 'info',
  log: 'info',
  warning: 'warn',
  err: 'error',
  crit: 'fatal',
  critical: 'fatal',
  alert: 'fatal',
  emerg: 'fatal',
  off: 'silent',
  none: 'silent',
}
