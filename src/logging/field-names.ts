import type { SafeValue } from '../safe-values/safe-value.js'
import type { Entry } from './entry.js'

/**
 * The members of a line that Spoor writes. A field must not look like one: a field `account` of a request's body is not the account.
 */
export const lineMembers: ReadonlySet<string> = new Set([
  'time',
  'level',
  'logger',
  'requestId',
  'parentId',
  'traceId',
  'spanId',
  'account',
  'message',
])

// Fields that may be the message or the error of a call: call-shapes.ts.
const ofCalls = new Set(['msg', 'err', 'error'])

/**
 * True for names of fields that need more than encoding: names that only Spoor writes, names that such a field may get, and
 * fields that may be the message or the error.
 */
export function isSpecial(name: string): boolean {
  return lineMembers.has(name) || name.endsWith('_') || ofCalls.has(name)
}

/** The fields, with a trailing `_` at each name that only Spoor writes. Returns the same object if there is none. */
export function withoutClashes(fields: Entry['fields']): Entry['fields'] {
  for (const key in fields) if (lineMembers.has(key)) return renamed(fields)
  return fields
}

// Object.fromEntries, because an assignment to a member named __proto__ would set the prototype.
function renamed(fields: Entry['fields']): Entry['fields'] {
  const keys = Object.keys(fields)
  return Object.fromEntries(
    keys.map((key) => [lineMembers.has(key) ? freeName(key, fields) : key, fields[key] as SafeValue]),
  )
}

function freeName(key: string, fields: Entry['fields']): string {
  let name = `${key}_`
  while (Object.hasOwn(fields, name)) name += '_'
  return name
}
