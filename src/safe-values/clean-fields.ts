import type { Redaction } from './redaction.js'
import { mayHoldNamed, mayName, meaningOf, textNamesSecret } from './secret-places.js'
import { beginsLikeKey, mayBeginKey } from './secret-shapes.js'

// Clean characters are those of words, numbers, UUIDs and names of files and hosts: characters that need no escape in
// JSON or on a terminal, and that do not stand before a secret (`=`, `:` and a space do). Times, patterns of routes,
// and hosts with a port contain a colon and are harmless.
const cleanText = /^[\w.,/@~-]*$/
const cleanWithColon = /^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z|(?:\/:?[\w.,@~-]+)+|[\w.-]*\.[\w-]{1,40}:\d{1,5})$/
// Kinds of characters by character code, as bits: 1 a letter or digit, 2 another clean character, 4 a colon, 8 a letter
// that keys of services begin with. 0 is any other character.
const kinds = new Uint8Array(2 ** 16)
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code)
  if (/[A-Za-z0-9]/.test(character)) kinds[code] = 1
  else if (cleanText.test(character)) kinds[code] = 2
  else if (character === ':') kinds[code] = 4
  if (mayBeginKey(code)) kinds[code] = (kinds[code] ?? 0) | 8
}
const maxCleanLength = 256
const maxMembers = 40
const deepest = 3
const smallNumbers = 1_000
const maxKeysRemembered = 2_000

/**
 * The fields as the inside of a JSON object, if all keys and values are clean; undefined if they need the general
 * check.
 */
export type CleanFields = (fields: object) => string | undefined

/**
 * Encodes the fields of most entries in one pass: plain objects with harmless keys, numbers, booleans and short clean
 * strings. All other fields go through `safeFields`, which gives the same result for clean fields. Each value is read
 * only once, so that a getter cannot return one value to the check and another to the encoder.
 *
 * This code is written by hand: `JSON.stringify` of a checked copy takes 1.5 times as long on Node 24, and twice as
 * long on Node 20.
 *
 * @param special keys that need the general check, even if their values are clean
 */
export function cleanFields(redaction: Redaction, special: (key: string) => boolean): CleanFields {
  const keys = new Map<string, Key>()
  const keyOf = (key: string): Key => {
    const known = keys.get(key)
    if (known !== undefined) return known
    const isHarmless = key.length <= maxCleanLength && cleanText.test(key) && !redaction.hides(key) && !special(key)
    if (keys.size >= maxKeysRemembered) keys.clear()
    // A program that reads the line back would set the prototype of an object with a member named `__proto__`.
    const made = { json: isHarmless && key !== '__proto__' ? `"${key}":` : undefined, role: meaningOf(key).role }
    // A long key may be a slice of a much longer string, which a cache would keep in memory.
    if (key.length <= maxCleanLength) keys.set(key, made)
    return made
  }
  return (fields) => {
    try {
      // A check of each member takes 5 % of a line.
      if (hasMembersOnAll()) return undefined
      return membersOf(fields, keyOf, redaction, 1)
    } catch {
      return undefined
    }
  }
}

/** True if code of the service added enumerable members to all objects. Lines show such members. */
export function hasMembersOnAll(): boolean {
  for (const _ in Object.prototype) return true
  return false
}

const maxNames = 32

interface Key {
  /** Undefined: the key needs the general check. */
  readonly json: string | undefined
  /** True if the key may name a secret beside it, or may be named as a secret (secret-places.ts). */
  readonly role: number
}

type KeyOf = (key: string) => Key

function membersOf(fields: object, keyOf: KeyOf, redaction: Redaction, depth: number): string | undefined {
  if (Object.getPrototypeOf(fields) !== Object.prototype) return undefined
  let members = ''
  let left = maxMembers
  let roles = 0
  let names = ''
  for (const key in fields) {
    const value = (fields as Record<string, unknown>)[key]
    const { json: name, role } = keyOf(key)
    // The member is absent. Under a secret name, the general check writes that there was a value.
    if (value === undefined && name !== undefined) continue
    if (role !== 0) {
      roles |= role
      if (typeof value === 'string' && mayName(role)) names = names === '' ? value : `${names}/${value}`
    }
    const json = jsonValue(value, keyOf, redaction, depth)
    if (name === undefined || json === undefined || left-- === 0) return undefined
    members += members === '' ? name + json : `,${name}${json}`
  }
  // If one member may name another one as a secret, the general check is needed.
  return mayHoldNamed(roles) && (names.length > maxNames || textNamesSecret(names, redaction)) ? undefined : members
}

/** @returns undefined for a value that needs the general check */
function jsonValue(value: unknown, keyOf: KeyOf, redaction: Redaction, depth: number): string | undefined {
  switch (typeof value) {
    case 'string':
      return isCleanText(value) ? `"${value}"` : undefined
    case 'number':
      return Number.isFinite(value) ? numberText(value) : undefined
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      return value === null ? 'null' : depth < deepest ? jsonObject(value, keyOf, redaction, depth + 1) : undefined
    default:
      return undefined
  }
}

// V8 keeps the texts that `String` makes of numbers in a cache of thousands. With a new number in each line, every
// collection moved that cache to the old generation, and a process that logged took 30 % more memory (decision 0082).
// `JSON.stringify` has no such cache, but takes 40 ns instead of 7 for a number that is in it, so small numbers use it.
/** A finite number as JSON text. */
export function numberText(value: number): string {
  const isSmall = value >= 0 && value < smallNumbers && Number.isInteger(value)
  return isSmall ? String(value) : JSON.stringify(value)
}

function jsonObject(value: object, keyOf: KeyOf, redaction: Redaction, depth: number): string | undefined {
  const members = membersOf(value, keyOf, redaction, depth)
  return members === undefined ? undefined : `{${members}}`
}

// One pass over the characters takes half the time of two patterns (one for clean strings, one for keys of services).
// The numbers are written out here, because a bundler may turn constants of a module into variables.
/** True if a text may be in a line as it is, as the value of a key that names no secret. */
export function isCleanText(text: string): boolean {
  const { length } = text
  if (length > maxCleanLength) return false
  let before = 0
  let all = 0
  for (let at = 0; at < length; at++) {
    const kind = kinds[text.charCodeAt(at)] as number
    if (kind === 0) return false
    if ((kind & 8) !== 0 && (before & 1) === 0 && at <= length - 15 && beginsLikeKey(text, at)) return false
    all |= kind
    before = kind
  }
  return (all & 4) === 0 || cleanWithColon.test(text)
}
