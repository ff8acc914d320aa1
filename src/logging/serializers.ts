import { requestSummary, responseSummary } from '../safe-values/http-message.js'
import { ownMembers } from '../safe-values/own-member.js'
import { isError } from '../safe-values/safe-error.js'

/** Turns the value of one field into what is written instead of it. */
export type Serializer = (value: unknown) => unknown

/**
 * What is written for the fields `req` and `res`, which frameworks hand to loggers all the time (Fastify, pino-http).
 * Encoded as they are they dump the socket and every header, cookies too. Errors need none: they are written in full
 * wherever they stand, and `err` is another name for `error`.
 */
export const serializers: Readonly<Record<string, Serializer>> = { req: requestSummary, res: responseSummary }

/** `fields` as the serializers want them; the same object where there is nothing to do. */
export function serialised(fields: object, own: Readonly<Record<string, Serializer>>): object {
  if (!hasSerialised(fields, own)) return fields
  let out: Record<string, unknown> | undefined
  for (const key of keysToLookAt(fields, own)) {
    const serializer = Object.hasOwn(own, key) ? own[key] : undefined
    const isErr = key === 'err' && !Object.hasOwn(fields, 'error')
    if (serializer === undefined && !isErr) continue
    out ??= membersOf(fields)
    if (serializer !== undefined) define(out, key, { value: attempt(serializer, fields, key), ...plain })
    if (isErr) {
      define(out, 'error', Object.getOwnPropertyDescriptor(out, 'err') as PropertyDescriptor)
      delete out['err']
    }
  }
  return out ?? fields
}

const maxMembers = 1_000

// Of a huge object only members that may have a serializer are looked for.
function keysToLookAt(fields: object, own: Readonly<Record<string, Serializer>>): string[] {
  return ['err', ...Object.keys(own)].filter((key, at, all) => all.indexOf(key) === at && isOwnMember(fields, key))
}

// Asked of every entry that is not clean: no list is made for it.
function hasSerialised(fields: object, own: Readonly<Record<string, Serializer>>): boolean {
  for (const key in own) if (isOwnMember(fields, key)) return true
  return isOwnMember(fields, 'err')
}

function isOwnMember(fields: object, key: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(fields, key)
}

// A member that throws does not take the others with it: it throws again where it is marked.
function membersOf(fields: object): Record<string, unknown> {
  const out = {}
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
