import type { Redaction } from './redaction.js'
import type { SafeValue } from './safe-value.js'

// Words, numbers, names of files and hosts, UUIDs: no character that JSON or a terminal minds, and none without which
// no secret can be told (`=`, `:`, a space).
const cleanText = /^[\w.,/@~-]*$/
const longestClean = 256
const mostMembers = 40
const mostKeysRemembered = 2_000

/** A copy of fields of which every value is clean, or undefined where a closer look is needed. */
export type CleanFields = (fields: object) => Record<string, SafeValue> | undefined

/**
 * Tells at a glance what most entries are: a plain, flat object with harmless keys, numbers, booleans and short clean
 * texts. Such fields need nothing done to them; everything else goes the long way of `safeFields`, which gives the same
 * for these. Each value is read once, so that a getter cannot show one thing and give another.
 *
 * @param special keys that need a closer look whatever their value
 */
export function cleanFields(redaction: Redaction, special: (key: string) => boolean): CleanFields {
  const keys = new Map<string, boolean>()
  const isClean = (key: string): boolean => {
    const known = keys.get(key)
    if (known !== undefined) return known
    const clean = key.length <= longestClean && cleanText.test(key) && !redaction.hides(key) && !special(key)
    if (keys.size >= mostKeysRemembered) keys.clear()
    keys.set(key, clean)
    return clean
  }
  return (fields) => {
    try {
      return copyOf(fields, isClean)
    } catch {
      return undefined
    }
  }
}

function copyOf(fields: object, isClean: (key: string) => boolean): Record<string, SafeValue> | undefined {
  if (Object.getPrototypeOf(fields) !== Object.prototype) return undefined
  const copy: Record<string, SafeValue> = {}
  let left = mostMembers
  for (const key in fields) {
    const value = (fields as Record<string, unknown>)[key]
    if (left-- === 0 || !isClean(key) || !isCleanValue(value)) return undefined
    copy[key] = value
  }
  return copy
}

function isCleanValue(value: unknown): value is string | number | boolean | null {
  switch (typeof value) {
    case 'string':
      return value.length <= longestClean && cleanText.test(value)
    case 'number':
      return Number.isFinite(value)
    case 'boolean':
      return true
    default:
      return value === null
  }
}
