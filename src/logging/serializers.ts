import { requestSummary, responseSummary } from '../safe-values/http-message.js'
import { ownMembers } from '../safe-values/own-member.js'
import { isError } from '../safe-values/safe-error.js'

/** Returns the value that is written in place of a field's value. */
export type Serializer = (value: unknown) => unknown

/**
 * The serializers of the fields `req` and `res`, which frameworks such as Fastify and pino-http pass to loggers. Without a
 * serializer, these objects would put the socket and every header into the line, cookies included. Errors need no serializer:
 * they are written in full in any field, and the field `err` becomes `error`.
 */
export const serializers: Readonly<Record<string, Serializer>> = { req: requestSummary, res: responseSummary }

/** Applies the serializers to `fields`. Returns the same object if no serializer applies. */
export function serialised(fields: object, own: Readonly<Record<string, Serializer>>): object {
  if (!hasSerialised(fields, own)) return fields
  let out: Record<string, unknown> | undefined
  for (const key of keysToLookAt(fields, own)) {
    const serializer = Object.hasOwn(own, key) ? own[key] : undefined
    const isErr = key === 'err' && !Object.hasOwn(fields, 'error')
    if (serializer === undefined && !isErr) continue
    out ??= copyMembers(fields, {})
    if (serializer !== undefined) define(out, key, { value: attempt(serializer, fields, key), ...plain })
    if (isErr) {
      define(out, 'error', Object.getOwnPropertyDescriptor(out, 'err') as PropertyDescriptor)
      delete out['err']
    }
  }
  return out ?? fields
}

const maxMembers = 1_000

// Looks only for members that may have a serializer, so a huge object costs no more than a small one.
function keysToLookAt(fields: object, own: Readonly<Record<string, Serializer>>): string[] {
  return ['err', ...Object.keys(own)].filter((key, at, all) => all.indexOf(key) === at && isOwnMember(fields, key))
}

// Runs for every entry that is not clean, so it makes no list.
function hasSerialised(fields: object, own: Readonly<Record<string, Serializer>>): boolean {
  for (const key in own) if (isOwnMember(fields, key)) return true
  return isOwnMember(fields, 'err')
}

function isOwnMember(fields: object, key: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(fields, key)
}

/**
 * Copies the own members of an object to `out`. A getter that throws must not cost the other members: it throws again later,
 * where the sanitizer marks it.
 */
export function copyMembers(fields: object, out: Record<string, unknown>): Record<string, unknown> {
  for (const key of Object.keys(fields).slice(0, maxMembers)) define(out, key, { ...read(fields, key), ...plain })
  return out
}

function define(out: object, key: string, description: PropertyDescriptor): void {
  Object.defineProperty(out, key, ownMembers(description))
}

const plain = { enumerable: true, configurable: true }

function read(fields: object, key: string): PropertyDescriptor {
  try {
    return { value: (fields as Record<string, unknown>)[key], writable: true }
  } catch (error) {
    return {
      get: () => {
        throw error
      },
    }
  }
}

function attempt(serializer: Serializer, fields: object, key: string): unknown {
  try {
    return serializer((fields as Record<string, unknown>)[key])
  } catch (error) {
    return `[serializer threw: ${isError(error) ? error.message : typeof error}]`
  }
}
