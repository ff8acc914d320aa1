import type { Redaction } from './redaction.js'
import type { SafeValue } from './safe-value.js'

// Words, numbers, names of files and hosts, UUIDs: no character that JSON or a terminal minds, and none without which
// no secret can be told (`=`, `:`, a space). Times and the patterns of routes have a colon and are harmless.
const cleanText = /^[\w.,/@~-]*$/
const cleanWithColon = /^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z|(?:\/:?[\w.,@~-]+)+)$/
const longestClean = 256
const mostMembers = 40
const deepest = 3
const mostKeysRemembered = 2_000

/** A copy of fields of which every value is clean, or undefined where a closer look is needed. */
export type CleanFields = (fields: object) => Record<string, SafeValue> | undefined

/**
 * Tells at a glance what most entries are: plain objects with harmless keys, numbers, booleans and short clean texts. Such fields need nothing done to them; everything else goes the long way of `safeFields`, which gives the same
 * for these. Each value is read once, so that a getter cannot show one thing and give another.
 *
 * @param special keys that need a closer look whatever their value
 */
export function cleanFields(redaction: Redaction, special: (key: string) => boolean): CleanFields {
  const keys = new Map<string, boolean>()
  const isClean = (key: string): boolean => {
    const known = keys.get(key)
    if (known !== undefined) return known
    // An assignment to a member named __proto__ would set the prototype of the copy.
    const harmless = key.length <= longestClean && cleanText.test(key) && key !== '__proto__'
    const clean = harmless && !redaction.hides(key) && !special(key)
    if (keys.size >= mostKeysRemembered) keys.clear()
    keys.set(key, clean)
    return clean
  }
  return (fields) => {
    try {
      return copyOf(fields, isClean, 1)
    } catch {
      return undefined
    }
  }
}

type IsClean = (key: string) => boolean

function copyOf(fields: object, isClean: IsClean, depth: number): Record<string, SafeValue> | undefined {
  if (Object.getPrototypeOf(fields) !== Object.prototype) return undefined
  const copy: Record<string, SafeValue> = {}
  let left = mostMembers
  for (const key in fields) {
    const value = (fields as Record<string, unknown>)[key]
    if (value === undefined) continue
    if (left-- === 0 || !isClean(key)) return undefined
    const clean = cleanValue(value, isClean, depth)
    if (clean === undefined) return undefined
    copy[key] = clean
  }
  return copy
}

/** @returns undefined for what needs a closer look */
function cleanValue(value: unknown, isClean: IsClean, depth: number): SafeValue | undefined {
  switch (typeof value) {
    case 'string':
      return isCleanText(value) ? value : undefined
    case 'number':
      return Number.isFinite(value) ? value : undefined
    case 'boolean':
      return value
    case 'object':
      if (value === null) return null
      return depth < deepest ? copyOf(value, isClean, depth + 1) : undefined
    default:
      return undefined
  }
}

function isCleanText(text: string): boolean {
  return text.length <= longestClean && (cleanText.test(text) || cleanWithColon.test(text))
}
