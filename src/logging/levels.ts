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

/** Whether a value is one of the six levels or `silent`. */
export function isLevel(value: unknown): value is LevelOrSilent {
  return typeof value === 'string' && Object.hasOwn(levelNumbers, value)
}

/**
 * Returns `value` as a level.
 *
 * @throws TypeError if `value` is not one of the six levels or `silent`
 */
export function levelOf(value: string): LevelOrSilent {
  if (isLevel(value)) return value
  throw new TypeError(`level: expected ${expectedLevel}, got ${JSON.stringify(value.slice(0, 60))}; ${levelFix(value)}`)
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
  const said = typeof value === 'string' && value.length < 40 ? value.toLowerCase() : ''
  const meant = Object.hasOwn(otherNames, said) ? otherNames[said] : nearestName(said, Object.keys(levelNumbers))
  return meant === undefined ? 'silent drops all entries' : `did you mean ${meant}?`
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
