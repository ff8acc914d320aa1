import { Copy } from './copy.js'
import { cutText } from './cut-text.js'
import { Hidden } from './hidden.js'
import type { Redaction } from './redaction.js'
import { isError } from './safe-error.js'

/** What `JSON.stringify` takes without surprises. */
export type SafeValue = string | number | boolean | null | SafeValue[] | { [key: string]: SafeValue }

/** How much of a value is kept. What is left out is marked in its place. */
export interface Bounds {
  /** Levels of nesting; default 8. */
  depth: number
  /** Members of one object or array; default 200. */
  members: number
  /** Values in all; default 5,000. */
  values: number
  /** Characters of one string; default 65,536. All strings together may have four times as many. */
  characters: number
}

export const defaultBounds: Bounds = { depth: 8, members: 200, values: 5_000, characters: 65_536 }

/**
 * A copy of any value that is safe to write: plain JSON, bounded, secrets replaced, cycles cut; whatever throws while
 * it is read is marked and carried through. The value itself is never changed.
 */
export function safeValue(value: unknown, redaction: Redaction, bounds: Bounds = defaultBounds): SafeValue | undefined {
  return copied(redaction, bounds, (copy) => copy.value(value, 0)).value
}

/** `safeValue` for a text. */
export function safeText(text: string, redaction: Redaction, bounds: Bounds = defaultBounds): string {
  return text.length <= bounds.characters ? redaction.text(text) : cutText(text, redaction, bounds.characters)
}

/** Fields of an entry made safe, and what was hidden in them, if an error stands there. */
export interface SafeFields {
  readonly fields: Record<string, SafeValue>
  /** To be blanked in the entry's message, too. */
  readonly hidden: Hidden | undefined
}

/**
 * `safeValue` for the fields of an entry. A thrown value that is not an error stands in `error` like one.
 *
 * @param beside what else the entry says: a secret there is blanked in the fields, too
 */
export function safeEntry(
  fields: object,
  redaction: Redaction,
  bounds: Bounds = defaultBounds,
  beside: readonly unknown[] = [],
): SafeFields {
  const { value, hidden } = copied(redaction, bounds, (copy) => {
    if (copy.isCollecting) for (const other of beside) copy.value(other, 0)
    else if (beside.some(isError)) copy.hasError = copy.hasHidden = true
    return copy.fields(fields)
  })
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return { fields: isObject ? value : { value: value ?? null }, hidden }
}

/** `safeEntry` without what was hidden. */
export function safeFields(
  fields: object,
  redaction: Redaction,
  bounds: Bounds = defaultBounds,
): Record<string, SafeValue> {
  return safeEntry(fields, redaction, bounds).fields
}

/** What is looked for secrets in an error is more than what is shown of it. */
const collectBounds: Bounds = { depth: 24, members: 1_000, values: 5_000, characters: 65_536 }

/**
 * What `walk` copies. Where that holds an error in which something is hidden, a second walk collects these values, and a
 * third one makes the copy again without them, wherever they are quoted.
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
