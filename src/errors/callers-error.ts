import { framesOf } from '../safe-values/database-error.js'
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
  if (isSmall(error) || (!isLong(error) && bytesOf(error) <= maxBytes)) return error
  const cut = (text: string, max: number): string => beginning(redacted(text.slice(0, maxBytes * 2)), max, text.length)
  const { name, stack, message } = error instanceof Error ? error : ({ name: typeof error } as Partial<Error>)
  const short = new Error(cut(String(reasonOf(error)), maxMessageBytes))
  short.name = cut(String(name), maxMemberBytes)
  short.stack = `${short.name}: ${short.message}${cut(framesOf(String(stack ?? ''), message), maxStackBytes)}`
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

/** True if the message or the stack alone is too long. To measure a whole error takes milliseconds for a path of 15 KB. */
function isLong(error: unknown): boolean {
  return error instanceof Error && Math.max(error.message.length, String(error.stack ?? '').length) > maxBytes
}

/** The beginning of `text` that takes at most `max` bytes on a line, where characters are escaped. */
function beginning(text: string, max: number, whole: number): string {
  const end = endWithin(text, max)
  return end === text.length && text.length >= whole ? text : `${text.slice(0, end)}…`
}

/** An error is searched no further than it is shown: what follows is large by itself. */
const maxSearched = 8_192
const maxValues = 2_000
/** Characters compared in all: each text is looked for in each text of the error. */
const maxCompared = 4_000_000

/**
 * True if an error holds one of `texts`, in its message, its stack, a member or a cause. Takes bounded time: an error may
 * hold whole bodies, and objects that hold each other. Near members go first. Also true where a caller sends so many long
 * texts that not all can be looked for.
 */
export function quotes(error: unknown, texts: readonly string[]): boolean {
  if (texts.length === 0) return false
  const found = new Set([error])
  let near: readonly unknown[] = [error]
  let left = maxCompared
  const isQuoting = (value: unknown): boolean => {
    if (typeof value !== 'string') return false
    left -= Math.min(value.length, maxSearched) * texts.length
    const read = value.slice(0, maxSearched)
    return left < 0 || texts.some((text) => read.includes(text))
  }
  for (let depth = 0; near.length > 0; depth++) {
    if (near.some(isQuoting)) return true
    if (depth > maxDepth) return false
    const before = found.size
    for (const value of near) addMembers(value, found)
    near = [...found].slice(before)
  }
  return false
}

/** Adds the members of `value` that `found` lacks, as long as there is room. */
function addMembers(value: unknown, found: Set<unknown>): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return
  const { message, stack, cause } = value as Partial<Error>
  for (const member of [message, stack, cause]) if (found.size < maxValues) found.add(member)
  const keys = Array.isArray(value) ? value.slice(0, maxValues).keys() : Object.keys(value)
  for (const key of keys) {
    if (found.size >= maxValues) return
    found.add((value as Record<PropertyKey, unknown>)[key])
  }
}
