import type { Redaction } from '../safe-values/redaction.js'
import { isError } from '../safe-values/safe-error.js'
import { defaultBounds, safeValue } from '../safe-values/safe-value.js'

const placeholder = /%([sdifjoOc%])/g
const maxValues = 100
// More characters than a message may have, so that redaction sees a secret at the end of the message whole.
const maxText = defaultBounds.characters + 2_048
const maxBigintBits = 4_096

/**
 * Fills the placeholders of a message as `console.log` does (https://nodejs.org/api/util.html#utilformatformat-args): `%s` text,
 * `%d` and `%f` a number, `%i` a whole number, `%j`, `%o` and `%O` JSON, `%c` nothing, `%%` a percent sign. Values without a
 * placeholder are appended to the message.
 */
export function formatMessage(message: string, values: readonly unknown[], redaction: Redaction): string {
  if (values.length === 0) return message
  let next = 0
  // All values share this room, so many long values do not make a longer text than one.
  let room = maxText
  const shownIn = (value: unknown, kind: string): string => {
    const text = attempt(value, kind, redaction).slice(0, room)
    room -= text.length
    return text
  }
  const filled = message.slice(0, maxText).replace(placeholder, (mark, kind: string) => {
    if (kind === '%') return '%'
    if (next >= values.length) return mark
    const value = values[next++]
    return kind === 'c' ? '' : shownIn(value, kind)
  })
  const rest = values.slice(next, next + maxValues).map((value) => shownIn(value, 's'))
  const more = values.length - next - rest.length
  return [filled, ...rest, ...(more > 0 ? [`… ${more} more`] : [])].join(' ')
}

/** How many of the values the placeholders of `message` take. */
export function valuesTaken(message: string, values: readonly unknown[]): number {
  if (values.length === 0) return 0
  const taken = (message.slice(0, maxText).match(placeholder) ?? []).filter((mark) => mark !== '%%').length
  return Math.min(taken, values.length)
}

/** Turns a message of any type into text. A message that is not a string looks as `%s` shows it. Never throws. */
export function messageText(message: unknown, redaction: Redaction): string {
  return typeof message === 'string' ? message : attempt(message, 's', redaction)
}

// A value that throws must not cost the message.
function attempt(value: unknown, kind: string, redaction: Redaction): string {
  try {
    return shown(value, kind, redaction)
  } catch {
    return '[unreadable]'
  }
}

function shown(value: unknown, kind: string, redaction: Redaction): string {
  if (kind === 'd' || kind === 'f') return String(numberOf(value))
  if (kind === 'i') return String(Math.trunc(numberOf(value)))
  if (typeof value === 'string' && kind === 's') return value.slice(0, maxText)
  const safe = safeValue(value, redaction)
  if (kind === 's' && isError(value) && typeof safe === 'object' && safe !== null && 'message' in safe) {
    return `${safe['type']}: ${safe['message']}`
  }
  return typeof safe === 'string' ? (kind === 's' ? safe : JSON.stringify(safe)) : (JSON.stringify(safe) ?? 'undefined')
}

// Parsing a text of millions of characters as a number would take too long for one entry.
function numberOf(value: unknown): number {
  if (typeof value === 'bigint' && BigInt.asIntN(maxBigintBits, value) !== value) return Number.NaN
  if (typeof value === 'string' && value.length > maxText) return Number.NaN
  return typeof value === 'object' || typeof value === 'symbol' || typeof value === 'function'
    ? Number.NaN
    : Number(value)
}
