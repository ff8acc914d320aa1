import { escapeJson } from './safe-values/escape.js'
import { redaction } from './safe-values/redaction.js'
import { safeValue } from './safe-values/safe-value.js'

/** Raised by `defineLogs`, `createSpoor` and the adapters for options they cannot take: all mistakes at once. */
export class OptionsError extends Error {
  readonly code = 'ERR_SPOOR_OPTIONS'
  /** One sentence for each mistake: option path, value, what was expected. */
  readonly problems: readonly string[]

  constructor(call: string, problems: readonly string[]) {
    // Keys and values may come from elsewhere, and the message is read at a terminal.
    const safe = problems.map(escapeJson)
    super(`${call}:${safe.length === 1 ? ` ${safe[0]}` : safe.map((problem) => `\n  - ${problem}`).join('')}`)
    this.name = 'OptionsError'
    this.problems = safe
  }
}

/** Looks at one value and says what is wrong with it to `problems`. */
export type Check = (value: unknown, path: string, problems: string[]) => void

const hideSecrets = redaction()

/** A check of one value: `is` decides, `expected` finishes the sentence `<path>: <value> is not …`. */
export function check(is: (value: unknown) => boolean, expected: string): Check {
  return (value, path, problems) => {
    if (!is(value)) problems.push(`${path}: ${shown(value, path)} ${expected}`)
  }
}

/** Takes undefined, else asks `inner`. */
export function optional(inner: Check): Check {
  return (value, path, problems) => {
    if (value !== undefined) inner(value, path, problems)
  }
}

/** Takes `literal`, else asks `inner`. */
export function either(literal: unknown, inner: Check): Check {
  return (value, path, problems) => {
    if (value !== literal) inner(value, path, problems)
  }
}

/** Asks each of `inner`. */
export function all(...inner: Check[]): Check {
  return (value, path, problems) => {
    for (const one of inner) one(value, path, problems)
  }
}

/** An object whose members are checked each by its own check; a member without one is a mistake, most likely in spelling. */
export function object(members: Record<string, Check>): Check {
  return (value, path, problems) => {
    if (!isObject(value)) {
      problems.push(`${path || 'options'}: ${shown(value, path)} is no object`)
      return
    }
    for (const [key, inner] of Object.entries(members)) inner(value[key], join(path, key), problems)
    for (const key of Object.keys(value)) {
      if (!Object.hasOwn(members, key))
        problems.push(`${join(path, key)}: no such option${nearest(key, Object.keys(members))}`)
    }
  }
}

/** An object of any names (checked by `name`) whose members are all checked by `inner`. */
export function record(name: Check, inner: Check): Check {
  return (value, path, problems) => {
    if (!isObject(value)) {
      problems.push(`${path}: ${shown(value, path)} is no object`)
      return
    }
    for (const [key, member] of Object.entries(value)) {
      name(key, join(path, key), problems)
      inner(member, join(path, key), problems)
    }
  }
}

export function list(inner: Check): Check {
  return (value, path, problems) => {
    if (!Array.isArray(value)) problems.push(`${path}: ${shown(value, path)} is no array`)
    else for (const [index, item] of value.entries()) inner(item, `${path}[${index}]`, problems)
  }
}

export const text: Check = check((value) => typeof value === 'string' && value !== '', 'is no text')
export const flag: Check = check((value) => typeof value === 'boolean', 'is neither true nor false')
export const callback: Check = check((value) => typeof value === 'function', 'is no function')
export const anything: Check = () => {}

export function oneOf(values: readonly unknown[]): Check {
  return check(
    (value) => values.includes(value),
    `is not one of ${values.map((value) => JSON.stringify(value)).join(', ')}`,
  )
}

export function wholeNumber(least: number, unit: string): Check {
  return check(
    (value) => Number.isSafeInteger(value) && (value as number) >= least,
    `is no whole number of ${unit} from ${least} on`,
  )
}

/** @throws OptionsError with every mistake that `schema` finds in `value` */
export function checkOptions(call: string, value: unknown, schema: Check): void {
  const problems: string[] = []
  schema(value, '', problems)
  if (problems.length > 0) throw new OptionsError(call, problems)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function join(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`
  return path === '' ? key : `${path}.${key}`
}

// A value may be a secret put in the wrong place: the last part of the path decides, as in any line.
function shown(value: unknown, path: string): string {
  if (value === undefined) return '(nothing)'
  const safe = safeValue({ [path.replace(/^.*\./, '')]: value }, hideSecrets, {
    depth: 3,
    members: 5,
    values: 20,
    characters: 60,
  })
  return JSON.stringify(Object.values(safe as object)[0]) ?? '(nothing)'
}

function nearest(key: string, known: readonly string[]): string {
  const alike = known.find((name) => distance(key.toLowerCase(), name.toLowerCase()) <= 2)
  return alike ? `; did you mean ${alike}?` : `; there are ${known.join(', ')}`
}

/** Levenshtein distance of two short words. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + change))
    }
    row = next
  }
  return row[b.length] ?? 0
}
