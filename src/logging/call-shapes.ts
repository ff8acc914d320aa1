import { ownMembers, ownValue } from '../safe-values/own-member.js'
import { isError } from '../safe-values/safe-error.js'
import { valuesTaken } from './format-message.js'
import { copyMembers, type Serializer } from './serializers.js'

/** The fields, message and values of a call. */
export interface CallShape {
  readonly fields: object
  /** Empty if the call has no message. */
  readonly message: unknown
  /** For the placeholders of the message. Values without a placeholder are appended. */
  readonly values: readonly unknown[]
  /** The arguments that the message shows. */
  readonly shown: readonly unknown[]
}

/**
 * Reads the arguments of any call. An error and fields may come before the message. After the message, a last plain object and
 * a last error that no placeholder takes are fields, too. Any other value before a message becomes the field `value`. Without a
 * message, the value is the message. `null` and undefined before a message are ignored.
 */
export function shapeOf(first: unknown, rest: readonly unknown[]): CallShape {
  // A frequent shape, which does not need the search below.
  if (rest.length === 0 && isObject(first) && typeof ownMessage(first) !== 'string') {
    const fields = fieldsOf(first)
    return { fields, message: messageOf(fields), values: none, shown: none }
  }
  const args = [first, ...rest]
  const found = new FoundFields()
  let at = found.first(first, rest.length > 0) ? 1 : 0
  while (at > 0 && at < args.length && found.takes(args[at])) at++
  const isAlone = at === args.length || args[at] === undefined
  const given = isAlone ? undefined : args[at]
  const behind = args.slice(at + 1)
  const values = found.valuesLeft(behind, typeof given === 'string' ? valuesTaken(given, behind) : 0)
  const message = isAlone ? found.message() : (given ?? 'null')
  return { fields: found.merged(), message, values, shown: at === 0 || isAlone ? values : [given, ...values] }
}

const none: readonly unknown[] = []

/** The fields and the error among the arguments of one call. */
class FoundFields {
  readonly #fields: object[] = []
  #error: Error | undefined
  #isMessageTaken = false

  /** Takes the first argument. @returns false for the message */
  first(value: unknown, hasMore: boolean): boolean {
    if (typeof value === 'string' || (value === null && !hasMore)) return false
    if (value === undefined || value === null || this.takes(value)) return true
    if (typeof value !== 'object' && !hasMore) return false
    this.#fields.push(typeof value === 'object' ? named(value) : { value })
    return true
  }

  /** Takes an error or a plain object. @returns false for a value that is neither, and for a second error */
  takes(value: unknown): boolean {
    if (isError(value)) {
      if (this.#error !== undefined) return false
      this.#error = value
      return true
    }
    if (!isPlainObject(value)) return false
    this.#fields.push(value)
    return true
  }

  /** Takes the fields at the end of the values. @returns the other values */
  valuesLeft(values: readonly unknown[], taken: number): readonly unknown[] {
    const left = [...values]
    const before = this.#fields.length
    while (left.length > taken && this.takes(left.at(-1))) left.pop()
    // The last argument overrides the one before it.
    this.#fields.push(...this.#fields.splice(before).reverse())
    const error = left.findLastIndex((value, index) => index >= taken && isError(value))
    if (error >= 0 && this.takes(left[error])) left.splice(error, 1)
    return left
  }

  /** The message of a call without one: the field `msg` as in pino, or the message of the error. */
  message(): string {
    const own = this.#fields.findLast((fields) => typeof ownMessage(fields) === 'string')
    this.#isMessageTaken = own !== undefined
    if (own !== undefined) return ownMessage(own) as string
    if (this.#error !== undefined) return messageOf({ error: this.#error })
    return this.#fields.map(messageOf).find((message) => message !== '') ?? ''
  }

  merged(): object {
    const [first] = this.#fields
    if (this.#error === undefined && this.#fields.length < 2 && !this.#isMessageTaken) return first ?? {}
    if (this.#fields.length === 0) return { error: this.#error }
    const out: Record<string, unknown> = {}
    for (const fields of this.#fields) copyMembers(asFields(fields), out)
    if (this.#isMessageTaken) delete out['msg']
    // Otherwise this function would decide the text of all fields together.
    if (typeof ownValue(out, 'toJSON') === 'function') delete out['toJSON']
    return this.#error === undefined ? out : withError(out, this.#error)
  }
}

/** The error of the call must not replace a field of the same name. */
function withError(fields: Record<string, unknown>, error: Error): Record<string, unknown> {
  const description = Object.getOwnPropertyDescriptor(fields, 'error')
  if (description !== undefined) Object.defineProperty(fields, 'error_', ownMembers(description))
  return copyMembers({ error }, fields)
}

/** The fields of an object among others: its members. An array, or an object without members, becomes the field `value`. */
function asFields(given: object): object {
  const shown = asJson(given)
  if (!isObject(shown) || Array.isArray(shown)) return { value: shown }
  return isPlainObject(shown) || Object.keys(shown).length > 0 ? shown : { value: shown }
}

function asJson(value: object): unknown {
  try {
    const { toJSON } = value as { toJSON?: unknown }
    return typeof toJSON === 'function' ? toJSON.call(value) : value
  } catch {
    return value
  }
}

/** The fields of an object in front of a message: an error becomes the field `error`. */
export function fieldsOf(first: object): object {
  return isError(first) ? { error: first } : named(first)
}

// As in pino, a request or response of Node that is logged without a name gets the name `req` or `res`.
function named(value: object): object {
  if (isPlainObject(value)) return value
  try {
    const { method, headers, socket, setHeader } = value as Record<string, unknown>
    if (method && headers && socket) return { req: value }
    return typeof setHeader === 'function' ? { res: value } : value
  } catch {
    return value
  }
}

function ownMessage(fields: object): unknown {
  try {
    return Object.hasOwn(fields, 'msg') ? (fields as { msg?: unknown }).msg : undefined
  } catch {
    return undefined
  }
}

/** The message of an entry logged without one: the message of its error, or empty. Never throws. */
function messageOf(fields: object): string {
  try {
    const { error, err } = fields as { error?: unknown; err?: unknown }
    const found = isThrown(error) ? error : err
    return isThrown(found) ? String(found.message) : ''
  } catch {
    return ''
  }
}

function isThrown(value: unknown): value is { message: string } {
  return isError(value) || (isPlainObject(value) && typeof (value as { message?: unknown }).message === 'string')
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** True for objects without a class, of any realm. Never throws: a Proxy that throws does not count. */
function isPlainObject(value: unknown): value is object {
  try {
    if (!isObject(value)) return false
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) return true
    return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf')
  } catch {
    return false
  }
}

/** The bindings of a child: an error becomes the field `error`, a primitive value the field `value`. */
export function bindingsOf(given: unknown): object {
  if (isError(given)) return { error: given }
  if (isObject(given)) return given
  return given === undefined ? {} : { value: given }
}

/**
 * The functions among a child's serializers; undefined if it has no serializers. The serializer of `err` also serves `error`,
 * the name under which errors are written.
 */
export function ownFunctions(given: unknown): Readonly<Record<string, Serializer>> | undefined {
  if (!isObject(given)) return undefined
  const functions = Object.entries(given).filter(([, serializer]) => typeof serializer === 'function')
  const own: Record<string, Serializer> = Object.fromEntries(functions)
  const { err } = own
  return err === undefined || Object.hasOwn(own, 'error') ? own : { ...own, error: err }
}
