import { types } from 'node:util'
import type { Copy } from './copy.js'
import { type DatabaseError, databaseError, framesOf, shownMessage } from './database-error.js'
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

/**
 * The reason of a failure, for Spoor's warnings: the error's message, or the type of another thrown value. The message of
 * a database's error is without values.
 */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? withoutValues(thrown.message, thrown) : typeof thrown
}

const maxErrors = 32

/** `text` with the messages of databases in it, of `error` and the errors in it, replaced by those without values. */
export function withoutValues(text: string, error: unknown): string {
  let out = text
  // A Set goes on to the members that are added while it is read.
  const errors = new Set([error])
  for (const one of errors) {
    if (!isError(one)) continue
    const database = databaseError(one)
    const message = read(one, 'message')
    if (database !== undefined && typeof message === 'string' && message !== '') {
      out = out.replaceAll(message, () => shownMessage(message, database, statementOf(one)))
    }
    const list = read(one, 'errors')
    for (const inner of [read(one, 'cause'), ...(Array.isArray(list) ? list.slice(0, maxErrors) : [])]) {
      if (errors.size < maxErrors) errors.add(inner)
    }
  }
  return out
}

/** The statement that an error has beside its message. */
function statementOf(error: object): unknown {
  return read(error, 'sql') ?? read(error, 'query')
}

/**
 * An error for a line: `type`, `message`, `code?`, `stack`, its own members, `errors?` (of an AggregateError) and
 * `cause?`, all safe and bounded.
 */
export function safeError(error: Error, copy: Copy, depth: number): SafeValue {
  const database = databaseError(error) ?? copy.database
  return copy.inError(() => copy.guarded(error, depth, () => membersOf(error, copy, depth, database)), database)
}

function membersOf(error: Error, copy: Copy, depth: number, database: DatabaseError | undefined): SafeValue {
  const type = copy.short(typeOf(error), maxTypeLength)
  const message = messageOf(error, copy, database)
  const out: Record<string, SafeValue> = { type, message }
  const code = read(error, 'code')
  if (code !== undefined) copy.member(out, 'code', () => code, depth)
  const stack = database === undefined ? stackOf(error, copy) : databaseStack(error, copy, type, message)
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
  const database = databaseError(value)
  return database === undefined
    ? thrownObject(value, copy, depth)
    : copy.inError(() => thrownObject(value, copy, depth, database), database)
}

function thrownObject(value: object, copy: Copy, depth: number, database?: DatabaseError): SafeValue {
  const said = database && read(value, 'message')
  if (database !== undefined && typeof said === 'string') {
    copy.showAs(said, shownMessage(said, database, statementOf(value)))
  }
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

function messageOf(error: Error, copy: Copy, database: DatabaseError | undefined): string {
  const message = read(error, 'message')
  if (message === undefined) return ''
  const text = String(message)
  if (database !== undefined) {
    const shown = shownMessage(text, database, statementOf(error))
    copy.showAs(text, shown)
    return copy.text(shown)
  }
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

// Libraries change the messages of databases, and leave the old one in the stack.
function databaseStack(error: Error, copy: Copy, type: string, message: string): string | undefined {
  const stack = read(error, 'stack')
  if (stack === undefined) return undefined
  return copy.text(`${type}: ${message}${framesOf(String(stack), read(error, 'message'))}`)
}

function repeats(stack: string, message: unknown): boolean {
  return typeof message === 'string' && stack.slice(0, message.length + maxTypeLength).includes(message)
}

function nameOf(made: unknown): unknown {
  return typeof made === 'function' ? made.name : undefined
}

// If one member throws, the other members are still written.
function read(error: object, key: string): unknown {
  try {
    return classMember(error, key)
  } catch {
    return undefined
  }
}
