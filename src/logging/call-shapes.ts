import { isError } from '../safe-values/safe-error.js'
import type { Serializer } from './serializers.js'

/** The fields of a call's first argument: an error becomes the field `error`, a primitive value the field `value`. */
export function fieldsOf(first: unknown): object {
  if (isError(first)) return { error: first }
  if (typeof first === 'object' && first !== null) return first
  return first === undefined ? {} : { value: first }
}

/** The message of an entry logged without one: the message of its error, or empty. Never throws. */
export function messageOf(fields: object): string {
  try {
    const { error, err } = fields as { error?: unknown; err?: unknown }
    const found = isError(error) ? error : err
    return isError(found) ? String(found.message) : ''
  } catch {
    return ''
  }
}

/** The functions among a child's serializers; undefined if it has no serializers. */
export function ownFunctions(given: unknown): Readonly<Record<string, Serializer>> | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  return Object.fromEntries(Object.entries(given).filter(([, serializer]) => typeof serializer === 'function'))
}
