import { types } from 'node:util'
import type { Copy } from './copy.js'
import { classMember } from './own-member.js'
import type { SafeValue } from './safe-value.js'

const notCopied: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause', 'code'])
// Members of built-in errors that are not enumerable: AggregateError, SuppressedError.
const hiddenMembers = ['errors', 'error', 'suppressed'] as const
// zod's errors have their issues in the message too. As members, the issues are not enumerable.
const issues = ['issues'] as const
const maxTypeLength = 100

/** True for an error. Never throws: a Proxy that throws when its prototype is read does not count as an error. */
export function isError(value: unknown): value is Error {
  try {
    return types.isNativeError(value) || value instanceof Error
  } catch {
    return false
  }
}

/** The reason of a failure, for Spoor's warnings: the error's message, or the type of another thrown value. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : typeof thrown
}

/**
 * An error for a line: `type`, `message`, `code?`, `stack`, its own members, `errors?` (of an AggregateError) and
 * `cause?`, all safe and bounded.
 */
export function safeError(error: Error, copy: Copy, depth: number): SafeValue {
  return copy.inError(() => copy.guarded(error, depth, () => membersOf(error, copy, depth)))
}

function membersOf(error: Error, copy: Copy, depth: number): SafeValue {
  const out: Record<string, SafeValue> = {
    type: copy.short(typeOf(error), maxTypeLength),
    message: messageOf(error, copy),
  }
  const code = read(error, 'code')
  if (code !== undefined) copy.member(out, 'code', () => code, depth)
  const stack = stackOf(error, copy)
  if (stack !== undefined) out['stack'] = stack
  for (const [key, value] of Object.entries(copy.plainMembers(error, depth, notCopied, true))) {
    out[Object.hasOwn(out, key) ? `${key}_` : key] = value
  }
  if (!copy.isCollecting && Object.hasOwn(error, issues[0])) copy.hasHidden = true
  if (copy.isCollecting) for (const key of issues) copy.member(out, key, () => read(error, key), depth)
  for (const key of ['cause', ...hiddenMembers]) {
    if (!Object.hasOwn(out, key) && Object.hasOwn(error, key)) copy.member(out, key, () => read(error, key), depth)
  }
  return out
}

/** A thrown value that is not an error, for the field `error`: its `type` and a `message`. */
export function safeThrown(value: unknown, copy: Copy, depth: number): SafeValue {
  if (typeof value !== 'object' || value === null)
    return { type: typeof value, message: String(copy.value(value, depth)) }
  const safe = copy.value(value, depth)
  if (typeof safe !== 'object' || safe === null || Array.isArray(safe))
    return { type: 'object', message: '', value: safe ?? null }
  const { type, message, ...rest } = safe
  return { type: type ?? 'object', message: typeof message === 'string' ? message : '', ...rest }
}

// If an error's class sets no `name`, the name of the class says more. An AbortError is a DOMException, whose `name`
// says more.
function typeOf(error: Error): string {
  const name = read(error, 'name')
  if (typeof name === 'string' && name !== '' && name !== 'Error') return name
  const made = nameOf(read(error, 'constructor'))
  return typeof made === 'string' && made !== '' ? made : 'Error'
}

function messageOf(error: Error, copy: Copy): string {
  const message = read(error, 'message')
  if (message === undefined) return ''
  const text = String(message)
  copy.searchMessage(text)
  return copy.text(text)
}

function stackOf(error: Error, copy: Copy): string | undefined {
  const stack = read(error, 'stack')
  if (stack === undefined) return undefined
  const text = String(stack)
  // A stack usually begins with the message, which was already searched.
  return copy.isCollecting && repeats(text, read(error, 'message')) ? '' : copy.text(text)
}

function repeats(stack: string, message: unknown): boolean {
  return typeof message === 'string' && stack.slice(0, message.length + maxTypeLength).includes(message)
}

function nameOf(made: unknown): unknown {
  return typeof made === 'function' ? made.name : undefined
}

// If one member throws, the other members are still written.
function read(error: Error, key: string): unknown {
  try {
    return classMember(error, key)
  } catch {
    return undefined
  }
}
