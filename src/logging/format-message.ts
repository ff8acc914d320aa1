import type { Redaction } from '../safe-values/redaction.js'
import { isError } from '../safe-values/safe-error.js'
import { defaultBounds, safeValue } from '../safe-values/safe-value.js'

const placeholder = /%([sdifjoOc%])/g
const maxValues = 100
// More than an entry's message may have, so that a secret at its end is still seen whole.
const maxText = defaultBounds.characters + 2_048
const maxBigintBits = 4_096

/**
 * Fills a message's placeholders like `console.log`: `%s` text, `%d` `%f` number, `%i` whole number, `%j` `%o` `%O`
 * JSON, `%c` nothing, `%%` a percent sign. Arguments without a placeholder follow the message, so that nothing is lost.
 */
export function formatMessage(message: string, values: readonly unknown[], redaction: Redaction): string {
  if (values.length === 0) return message
  let next = 0
  // The room for all values together: a hundred long ones are no longer than one.
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

/** The first error among the values that `message` has no placeholder for. */
export function errorLeftOver(message: string, values: readonly unknown[]): Error | undefined {
  if (!values.some((value) => typeof value === 'object' && isError(value))) return undefined
  const taken = (message.slice(0, maxText).match(placeholder) ?? []).filter((mark) => mark !== '%%').length
  return values.slice(taken).find(isError)
}

/** A message of another type than text, as `%s` shows it. Never throws. */
export function messageText(message: unknown, redaction: Redaction): string {
  return typeof message === 'string' ? message : attempt(message, 's', redaction)
}

// One value that throws does not take the message with it.
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

// To read a number in a text of millions of characters takes longer than an entry may.
function numberOf(value: unknown): number {
  if (typeof value === 'bigint' && BigInt.asIntN(maxBigintBits, value) !== value) return Number.NaN
  if (typeof value === 'string' && value.length > maxText) return Number.NaN
  return typeof value === 'object' || typeof value === 'symbol' || typeof value === 'function'
    ? Number.NaN
    : Number(value)
}
