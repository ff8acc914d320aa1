import type { Redaction } from '../safe-values/redaction.js'
import { isError } from '../safe-values/safe-error.js'
import { safeValue } from '../safe-values/safe-value.js'

const placeholder = /%([sdifjoOc%])/g

/**
 * Fills a message's placeholders like `console.log`: `%s` text, `%d` `%f` number, `%i` whole number, `%j` `%o` `%O`
 * JSON, `%c` nothing, `%%` a percent sign. Arguments without a placeholder follow the message, so that nothing is lost.
 */
export function formatMessage(message: string, values: readonly unknown[], redaction: Redaction): string {
  if (values.length === 0) return message
  let next = 0
  const filled = message.replace(placeholder, (mark, kind: string) => {
    if (kind === '%') return '%'
    if (next >= values.length) return mark
    const value = values[next++]
    return kind === 'c' ? '' : attempt(value, kind, redaction)
  })
  const rest = values.slice(next).map((value) => attempt(value, 's', redaction))
  return [filled, ...rest].join(' ')
}

/** The first error among the values that `message` has no placeholder for. */
export function errorLeftOver(message: string, values: readonly unknown[]): Error | undefined {
  if (!values.some((value) => typeof value === 'object' && isError(value))) return undefined
  const taken = (message.match(placeholder) ?? []).filter((mark) => mark !== '%%').length
  return values.slice(taken).find(isError)
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
  if (typeof value === 'string' && kind === 's') return value
  if (isError(value) && kind === 's') return `${value.name}: ${value.message}`
  const safe = safeValue(value, redaction)
  return typeof safe === 'string' ? (kind === 's' ? safe : JSON.stringify(safe)) : (JSON.stringify(safe) ?? 'undefined')
}

function numberOf(value: unknown): number {
  return typeof value === 'object' || typeof value === 'symbol' ? Number.NaN : Number(value)
}
