import { Copy } from './copy.js'
import { cutText } from './cut-text.js'
import { Hidden } from './hidden.js'
import type { Redaction } from './redaction.js'
import { isError } from './safe-error.js'

/** The values that `JSON.stringify` writes without surprises. */
export type SafeValue = string | number | boolean | null | SafeValue[] | { [key: string]: SafeValue }

/** The bounds of a copy. The copy has a mark in place of each part that is left out. */
export interface Bounds {
  /** Levels of nesting. Default: 8. */
  depth: number
  /** Members of one object or array. Default: 200. */
  members: number
  /** Values in total. Default: 5,000. */
  values: number
  /** Characters of one string. Default: 65,536. All strings together may have four times as many. */
  characters: number
}

export const defaultBounds: Bounds = { depth: 8, members: 200, values: 5_000, characters: 65_536 }

/**
 * Makes a copy of any value that is safe to write: plain JSON, bounded, with secrets replaced and cycles cut. A member
 * that throws when it is read gets a mark. The value itself is never changed.
 */
export function safeValue(value: unknown, redaction: Redaction, bounds: Bounds = defaultBounds): SafeValue | undefined {
  return copied(redaction, bounds, (copy) => copy.value(value, 0)).value
}

/** `safeValue` for a string. */
export function safeText(text: string, redaction: Redaction, bounds: Bounds = defaultBounds): string {
  return text.length <= bounds.characters ? redaction.text(text) : cutText(text, redaction, bounds.characters)
}

/** The safe fields of an entry. If the fields contain an error, also the values that were hidden in them. */
export interface SafeFields {
  readonly fields: Record<string, SafeValue>
  /** The values to hide in the entry's message too. */
  readonly hidden: Hidden | undefined
}

/**
 * `safeValue` for the fields of an entry. In the member `error`, a thrown value that is not an error is written like an
 * error.
 *
 * @param beside the other texts of the entry: a secret in them is hidden in the fields too
 */
export function safeEntry(
  fields: object,
  redaction: Redaction,
  bounds: Bounds = defaultBounds,
  beside: readonly unknown[] = [],
  isErrorSerialised = false,
): SafeFields {
  const { value, hidden } = copied(redaction, bounds, (copy) => {
    if (copy.isCollecting) for (const other of beside) copy.value(other, 0)
    else if (beside.some(isError)) copy.hasError = copy.hasHidden = true
    if (!isErrorSerialised) return copy.fields(fields)
    // What a serializer of the service makes of an error stays as it is. Secrets in it are looked for as in an error.
    copy.hasError = true
    return copy.value(fields, 0)
  })
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return { fields: isObject ? value : { value: value ?? null }, hidden }
}

/** `safeEntry` without the hidden values. */
export function safeFields(
  fields: object,
  redaction: Redaction,
  bounds: Bounds = defaultBounds,
): Record<string, SafeValue> {
  return safeEntry(fields, redaction, bounds).fields
}

/** The bounds for finding secrets in an error. They are wider than the bounds of the copy. */
const collectBounds: Bounds = { depth: 24, members: 1_000, values: 5_000, characters: 65_536 }

/**
 * Copies a value. If the value contains an error in which something is hidden, a second walk collects the hidden
 * values, and a third walk makes the copy again and hides these values everywhere.
 */
function copied(
  redaction: Redaction,
  bounds: Bounds,
  walk: (copy: Copy) => SafeValue | undefined,
): { value: SafeValue | undefined; hidden: Hidden | undefined } {
  const first = new Copy(redaction, bounds)
  const value = walk(first)
  if (!first.hasError || !first.hasHidden) return { value, hidden: undefined }
  const hidden = new Hidden(redaction)
  walk(new Copy(redaction, collectBounds, hidden, true))
  if (hidden.isEmpty) return { value, hidden: undefined }
  return { value: walk(new Copy(hidden.over(redaction), bounds, hidden)), hidden }
}
