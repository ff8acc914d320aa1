import { endWithin } from '../safe-values/end-within.js'
import { reasonOf } from '../safe-values/safe-error.js'

/** The bytes that the error of a caller's mistake may take on one line. */
const maxBytes = 1_500
const maxMessageBytes = 400
const maxStackBytes = 900
const maxMemberBytes = 80
const maxDepth = 3
const smallMembers: ReadonlySet<string> = new Set(['status', 'statusCode', 'code', 'expose'])
const kept = ['code', 'status', 'statusCode', 'type'] as const

/**
 * Bounds the error of an answer below 500 for the log. Such an error quotes what an anonymous caller sent (a body, a
 * path), so one request could fill the log files. A larger error keeps its name, message, stack and code, each cut.
 *
 * @param bytesOf the number of bytes that a value takes on a line
 * @param redacted replaces secrets. It comes before the cut, because `[redacted]` may be longer than the secret
 */
export function callersError(
  error: unknown,
  bytesOf: (value: unknown) => number,
  redacted: (text: string) => string,
): unknown {
  if (isSmall(error) || bytesOf(error) <= maxBytes) return error
  const cut = (text: string, max: number): string => beginning(redacted(text.slice(0, maxBytes * 2)), max, text.length)
  const { name, stack } = error instanceof Error ? error : { name: typeof error, stack: undefined }
  const short = new Error(cut(String(reasonOf(error)), maxMessageBytes))
  short.name = cut(String(name), maxMemberBytes)
  short.stack = `${short.name}: ${short.message}${cut(framesOf(String(stack ?? '')), maxStackBytes)}`
  for (const key of kept) {
    const value = (error as Record<string, unknown> | undefined)?.[key]
    if (typeof value === 'number' || typeof value === 'string') {
      Object.assign(short, { [key]: typeof value === 'string' ? cut(value, maxMemberBytes) : value })
    }
  }
  return Object.assign(short, { cut: true })
}

/**
 * A quick test that is true for most errors, such as that of an unknown route: no members of its own, and a short text.
 */
function isSmall(error: unknown): boolean {
  if (!(error instanceof Error) || error.cause !== undefined || error instanceof AggregateError) return false
  const { message, stack = '' } = error
  const texts = endWithin(message, maxMessageBytes) === message.length && stack.length <= maxStackBytes
  return texts && Object.keys(error).every((key) => smallMembers.has(key))
}

/** The frames of a stack, without the message above them. */
function framesOf(stack: string): string {
  const at = stack.search(/\n {4}at /)
  return at < 0 ? '' : stack.slice(at)
}

/** The beginning of `text` that takes at most `max` bytes on a line, where characters are escaped. */
function beginning(text: string, max: number, whole: number): string {
  const end = endWithin(text, max)
  return end === text.length && text.length >= whole ? text : `${text.slice(0, end)}…`
}

/** True if an error contains one of `texts`: in its message, its stack, a member or a cause. */
export function quotes(error: unknown, texts: readonly string[], depth = 0): boolean {
  if (texts.length === 0) return false
  if (typeof error === 'string') return texts.some((text) => error.includes(text))
  if (typeof error !== 'object' || error === null || depth > maxDepth) return false
  const { message, stack, cause } = error as Partial<Error>
  return [message, stack, cause, ...Object.values(error)].some((one) => quotes(one, texts, depth + 1))
}
