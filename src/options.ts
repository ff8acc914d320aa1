import { type Elsewhere, insteadOf, type OptionsPlace } from './foreign-options.js'
import { escapeControls, escapeJson } from './safe-values/escape.js'
import { nearestName } from './safe-values/nearest-name.js'
import { own, ownMembers } from './safe-values/own-member.js'
import { redaction } from './safe-values/redaction.js'
import { reasonOf } from './safe-values/safe-error.js'
import { safeValue } from './safe-values/safe-value.js'

/** Thrown by `defineLogs`, `createSpoor` and the adapters for invalid options. It lists all mistakes at once. */
export class OptionsError extends Error {
  readonly code = 'ERR_SPOOR_OPTIONS'
  /** One sentence per mistake: `path: expected …, got …; fix`. */
  readonly problems: readonly string[]

  constructor(call: string, problems: readonly string[]) {
    // Keys and values may come from elsewhere, and the message is read at a terminal.
    const safe = problems.map((problem) => escapeControls(escapeJson(problem)))
    super(`${call}:${safe.length === 1 ? ` ${safe[0]}` : safe.map((problem) => `\n  - ${problem}`).join('')}`)
    this.name = 'OptionsError'
    this.problems = safe
  }
}

/** Checks one value and adds its mistakes to `problems`. */
export interface Check {
  (value: unknown, path: string, problems: string[]): void
  /**
   * Returns the part of a valid value that is used. From objects only their own members are used, so that no member of
   * Object.prototype becomes an option. Absent: the value is used as it is.
   */
  readonly taken?: (value: unknown) => unknown
}

const hideSecrets = redaction()

/**
 * The last part of a message, or a function that returns it for a value.
 *
 * @param quoted the value as the message may show it, in single quotes if it is a string
 */
export type Fix = string | ((value: unknown, quoted: string) => string | undefined)

/** Describes a mistake as `path: expected …, got …; fix`. */
export function problemOf(value: unknown, path: string, expected: string, fix?: Fix): string {
  const got = shown(value, path)
  const said = typeof fix === 'function' ? fix(value, typeof value === 'string' ? `'${got.slice(1, -1)}'` : got) : fix
  return `${path || 'options'}: expected ${expected}, got ${got}${said === undefined ? '' : `; ${said}`}`
}

/** The fix for one text in place of an array of texts. */
export const inArray: Fix = (value, quoted) => (typeof value === 'string' ? `write [${quoted}]` : undefined)

/** Checks one value with `is`. The message shows `expected` and `fix`: `path: expected …, got …; fix`. */
export function check(is: (value: unknown) => boolean, expected: string, fix?: Fix): Check {
  return (value, path, problems) => {
    if (!is(value)) problems.push(problemOf(value, path, expected, fix))
  }
}

/** Accepts undefined and all that `inner` accepts. */
export function optional(inner: Check): Check {
  return either(undefined, inner)
}

/** Accepts `literal` and all that `inner` accepts. */
export function either(literal: unknown, inner: Check): Check {
  return taking(inner.taken, (value, path, problems) => {
    if (value !== literal) inner(value, path, problems)
  })
}

/** Accepts a value that all of `inner` accept. */
export function all(...inner: Check[]): Check {
  const taken = (value: unknown): unknown => inner.reduce((used, one) => one.taken?.(used) ?? used, value)
  return taking(taken, (value, path, problems) => {
    for (const one of inner) one(value, path, problems)
  })
}

/**
 * Checks each member of an object with the member's own check. A member without a check is a mistake, most likely in
 * spelling.
 *
 * @param fix shown if the value is not an object
 * @param place where the object is written, or what to write instead of options that belong elsewhere
 */
export function object(members: Record<string, Check>, fix?: Fix, place?: OptionsPlace | Elsewhere): Check {
  const taken = (value: unknown): unknown => {
    if (!isObject(value)) return value
    const used: [string, unknown][] = Object.entries(members)
      .filter(([key]) => Object.hasOwn(value, key))
      .map(([key, inner]) => [key, takenBy(inner, value[key])])
    return ownMembers(Object.fromEntries(used))
  }
  return taking(taken, (value, path, problems) => {
    if (!isObject(value)) {
      problems.push(problemOf(value, path, 'an object', fix))
      return
    }
    for (const [key, inner] of Object.entries(members)) inner(own(value, key), join(path, key), problems)
    for (const key of Object.keys(value)) {
      if (!Object.hasOwn(members, key)) problems.push(unknownOption(key, path, Object.keys(members), place))
    }
  })
}

/** Checks an object with arbitrary names: each name with `name`, each member with `inner`. */
export function record(name: Check, inner: Check): Check {
  const taken = (value: unknown): unknown => {
    if (!isObject(value)) return value
    return ownMembers(Object.fromEntries(Object.entries(value).map(([key, member]) => [key, takenBy(inner, member)])))
  }
  return taking(taken, (value, path, problems) => {
    if (!isObject(value)) {
      problems.push(problemOf(value, path, 'an object'))
      return
    }
    for (const [key, member] of Object.entries(value)) {
      name(key, join(path, key), problems)
      inner(member, join(path, key), problems)
    }
  })
}

/** Checks each item of an array with `inner`. @param fix shown if the value is not an array */
export function list(inner: Check, fix?: Fix): Check {
  const taken = (value: unknown): unknown =>
    Array.isArray(value) ? value.map((item: unknown) => takenBy(inner, item)) : value
  return taking(taken, (value, path, problems) => {
    if (!Array.isArray(value)) problems.push(problemOf(value, path, 'an array', fix))
    else for (const [index, item] of value.entries()) inner(item, `${path}[${index}]`, problems)
  })
}

function taking(taken: Check['taken'], inner: Check): Check {
  return taken === undefined ? inner : Object.assign((...args: Parameters<Check>) => inner(...args), { taken })
}

function takenBy(inner: Check, value: unknown): unknown {
  return inner.taken === undefined ? value : inner.taken(value)
}

export const text: Check = check((value) => typeof value === 'string' && value !== '', 'a non-empty string')
export const flag: Check = check((value) => typeof value === 'boolean', 'true or false')
export const callback: Check = check((value) => typeof value === 'function', 'a function')

/** Takes only `false`: the feature of this option is not built yet. */
export const notBuilt: Check = check((value) => value === false, 'false', 'it is not built yet')

/** A delay that Node's timers can take: they fire at once for a longer one. */
export const delay: Check = check(
  (value) => Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) < 2 ** 31,
  'a whole number of milliseconds from 1 to 2147483647',
)

/** Accepts one of `values`. @param fixes the fix for some other values, by value; without one, a misspelling gets its correction */
export function oneOf(values: readonly unknown[], fixes: Readonly<Record<string, string>> = {}): Check {
  const texts = values.filter((value) => typeof value === 'string')
  return check(
    (value) => values.includes(value),
    `one of ${values.map(String).join(', ')}`,
    (value) => (typeof value === 'string' ? own(fixes, value) : undefined) ?? didYouMean(value, texts),
  )
}

/** The fix for a misspelling of one of `known`; undefined for every other value. */
function didYouMean(value: unknown, known: readonly string[]): string | undefined {
  const meant = typeof value === 'string' && value.length < 40 ? nearestName(value, known) : undefined
  return meant === undefined ? undefined : `did you mean ${meant}?`
}

export function wholeNumber(min: number, unit: string): Check {
  return check(
    (value) => Number.isSafeInteger(value) && (value as number) >= min,
    `a whole number of ${unit}, at least ${min}`,
    (value) => numberMeant(value, unit),
  )
}

const sizes = { b: 1, k: 1e3, kb: 1e3, m: 1e6, mb: 1e6, g: 1e9, gb: 1e9 }
const durations = { ms: 1, s: 1e3, m: 6e4, min: 6e4, h: 36e5, d: 864e5, w: 6048e5 }

/** The fix for a text with a unit in place of a number, as other loggers take it: `10m`, `14d`. */
function numberMeant(value: unknown, unit: string): string | undefined {
  const parts = typeof value === 'string' ? /^(\d{1,9}) ?([a-z]{0,3})$/i.exec(value) : null
  if (parts === null) return undefined
  const units: Readonly<Record<string, number>> = unit === 'bytes' ? sizes : unit === 'milliseconds' ? durations : {}
  const [, digits, name = ''] = parts
  const factor = name === '' ? 1 : own(units, name.toLowerCase())
  if (factor === undefined) return undefined
  return `write ${String(Number(digits) * factor).replace(/\B(?=(?:\d{3})+$)/g, '_')}`
}

/**
 * @returns the part of `value` that is used: see `Check`
 * @throws OptionsError with every mistake that `schema` finds in `value`
 */
export function checkOptions<T>(call: string, value: T, schema: Check): T {
  const problems: string[] = []
  schema(value, '', problems)
  if (problems.length > 0) throw new OptionsError(call, problems)
  return takenBy(schema, value) as T
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function join(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`
  return path === '' ? key : `${path}.${key}`
}

/**
 * A value for a message, cut. It may be a secret in the wrong place: the last part of the path decides whether it is hidden, as on any
 * line.
 */
export function shown(value: unknown, path: string): string {
  if (value === undefined) return 'undefined'
  const safe = safeValue({ [path.replace(/^.*\./, '')]: value }, hideSecrets, {
    depth: 3,
    members: 5,
    values: 20,
    characters: 60,
  })
  return JSON.stringify(Object.values(safe as object)[0]) ?? 'undefined'
}

function unknownOption(key: string, path: string, known: readonly string[], place?: OptionsPlace | Elsewhere): string {
  const fix = insteadOf(key, place) ?? didYouMean(key, known) ?? `there are ${known.join(', ') || 'no options'}`
  return `${join(path, key)}: no such option; ${fix}`
}

/** What is wrong with the name of a logger in the options of `createSpoor`; undefined if `logs` has that logger. */
export function loggerProblem(logs: unknown, name: unknown, path: string): string | undefined {
  const get = (logs as { get?: unknown } | null | undefined)?.get
  if (typeof name !== 'string' || typeof get !== 'function') return undefined
  try {
    Reflect.apply(get, logs, [name])
    return undefined
  } catch (error) {
    return `${path}: ${reasonOf(error).replace(/^logs\.get: /, '')}`
  }
}
