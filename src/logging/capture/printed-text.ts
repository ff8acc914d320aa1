import { formatWithOptions, type InspectOptions, inspect } from 'node:util'
import { isError } from '../../safe-values/safe-error.js'
import { defaultBounds, safeValue } from '../../safe-values/safe-value.js'
import type { SanitizerOptions } from '../line.js'
import { type Logger, sanitizerOf } from '../logger.js'

const maxValues = 100
// More characters than a message may have, so that redaction sees a secret at the end of the message whole.
const maxText = defaultBounds.characters + 2_048
// A line is one row: an object must not be broken into several.
const oneRow: InspectOptions = { breakLength: Number.POSITIVE_INFINITY, compact: true }

/** A captured line. */
export interface Printed {
  /** Undefined if the line was an error and nothing else: the entry then has the error's message. */
  readonly message: string | undefined
  /** The last of the values that is an error. */
  readonly error: Error | undefined
}

/**
 * The text of values as `util.format` writes it (https://nodejs.org/api/util.html#utilformatformat-args), without colours.
 * Objects are shown as copies with their secrets replaced, and an error as its type and message: its stack is in the field
 * `error`.
 */
export function printed(values: readonly unknown[], logger: Logger): Printed {
  const shown = values.slice(0, maxValues)
  const error = shown.findLast(isError)
  if (shown.length === 1 && error !== undefined) return { message: undefined, error }
  const sanitizer = sanitizerOf(logger)
  // All values share this room, so that many long values do not make a longer text than one.
  let room = maxText
  const safe = shown.map((value) => {
    const copy = safeToPrint(value, sanitizer)
    if (typeof copy !== 'string') return copy
    const text = copy.slice(0, room)
    room -= text.length
    return text
  })
  const text = typeof shown[0] === 'string' ? formatted(safe) : joined(safe)
  return { message: withoutColours(text.slice(0, maxText)), error }
}

// The copy of an object with a member `toString` cannot be made a text by `%s`.
function formatted(values: readonly unknown[]): string {
  try {
    return formatWithOptions(oneRow, ...values)
  } catch {
    return joined(values)
  }
}

function joined(values: readonly unknown[]): string {
  return values.map((value) => (typeof value === 'string' ? value : inspect(value, oneRow))).join(' ')
}

/** One value as `util.inspect` shows it in one row, its secrets replaced. */
export function inspected(value: unknown, logger: Logger): string {
  return inspect(typeof value === 'string' ? value.slice(0, maxText) : safeToPrint(value, sanitizerOf(logger)), oneRow)
}

// Texts stay as they are: the logger redacts the whole message, where a secret's name may stand in another value.
function safeToPrint(value: unknown, { redaction, bounds }: SanitizerOptions): unknown {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (value === undefined || value === null) return value
  const safe = safeValue(value, redaction, bounds)
  if (!isError(value) || typeof safe !== 'object' || safe === null || Array.isArray(safe)) return safe
  return `${safe['type']}: ${safe['message']}`
}

// Of the console's escape sequences, only colours are common in logs. Others stay, and are escaped like any control character.
const colour = /\u001b\[[\d;:]*m/g

/** A text without the escape sequences that colour it. */
function withoutColours(text: string): string {
  return text.includes('\u001b') ? text.replace(colour, '') : text
}
