/** The six levels, least to most severe. */
export const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

/** A level an entry can have. */
export type Level = (typeof levels)[number]

/** A level a logger can be set to: entries below it are dropped; `silent` drops all. */
export type LevelOrSilent = Level | 'silent'

/** What options take as a level: any string compiles (it may come from the environment) and is checked at the call. */
export type LevelOption = LevelOrSilent | (string & {}) | undefined

/** The numbers behind the levels, as pino has them. */
export const levelNumbers: Readonly<Record<LevelOrSilent, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  silent: Number.POSITIVE_INFINITY,
}

export function isLevel(value: unknown): value is LevelOrSilent {
  return typeof value === 'string' && Object.hasOwn(levelNumbers, value)
}

/** @throws TypeError if `value` cannot be a level */
export function levelOf(value: string): LevelOrSilent {
  if (isLevel(value)) return value
  throw new TypeError(`level: expected ${expectedLevel}, got ${JSON.stringify(value.slice(0, 60))}; ${silentFix}`)
}

/** What a message says was expected where a level must stand, and how to fix it. */
export const expectedLevel: string = `one of ${levels.join(', ')}`
export const silentFix = 'silent drops all entries'

/** The levels as text formats show them. */
export const levelNames: Readonly<Record<Level, string>> = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
}
