import type { RequestContext } from '../../context/request-context.js'
import { escapeJson } from '../../safe-values/escape.js'
import { remembered } from '../../safe-values/remembered.js'
import type { SafeValue } from '../../safe-values/safe-value.js'
import type { Entry } from '../entry.js'

// The hot path of every line. Measured on Node 24, against JSON.stringify of the whole line: docs/benchmarks.md. What
// helps: a context's part made once, one JSON.stringify for the fields of all outputs, the time made once a millisecond.

// A field may not pass for what we say ourselves: a member `account` of a caller's body is not the account.
const ours = new Set(['time', 'level', 'logger', 'requestId', 'parentId', 'traceId', 'account', 'message'])

/** True for names of members that only we write; a field of such a name gets a trailing `_`. */
export function isOurs(name: string): boolean {
  return ours.has(name)
}

/** JSON of a text, safe on a terminal. */
export const jsonText: (text: string) => string = remembered((text) => escapeJson(JSON.stringify(text)))

/**
 * Who and what for: the members that a line carries besides time, level and message, in the contract's order, as the
 * inside of a JSON object. A field that clashes with one of ours gets a trailing `_`.
 */
export function lineMembers(entry: Entry, context: RequestContext | undefined): string {
  const lead = `"logger":${jsonText(entry.logger)}${context === undefined ? '' : contextMembers(context)}`
  const fields = fieldMembers(entry.fields)
  return fields === '' ? lead : `${lead},${fields}`
}

const madeOfContexts = new WeakMap<RequestContext, { account: string | undefined; members: string }>()

function contextMembers(context: RequestContext): string {
  const made = madeOfContexts.get(context)
  // The account may be said late.
  if (made !== undefined && made.account === context.account) return made.members
  const { requestId, parentId, account } = context
  let members = `,"requestId":${jsonText(requestId)}`
  if (parentId !== undefined) members += `,"parentId":${jsonText(parentId)}`
  if (account !== undefined) members += `,"account":${jsonText(account)}`
  madeOfContexts.set(context, { account, members })
  return members
}

// An entry's line is made for each of its outputs, one after the other; its fields are the same.
let last: { fields: Entry['fields']; members: string } = { fields: {}, members: '' }

function fieldMembers(fields: Entry['fields']): string {
  if (last.fields === fields) return last.members
  const members = escapeJson(JSON.stringify(withoutClashes(fields)).slice(1, -1))
  last = { fields, members }
  return members
}

function withoutClashes(fields: Entry['fields']): Entry['fields'] {
  for (const key in fields) if (ours.has(key)) return renamed(fields)
  return fields
}

// Object.fromEntries, because an assignment to a member named __proto__ would set the prototype.
function renamed(fields: Entry['fields']): Entry['fields'] {
  const keys = Object.keys(fields)
  return Object.fromEntries(keys.map((key) => [isOurs(key) ? freeName(key, fields) : key, fields[key] as SafeValue]))
}

function freeName(key: string, fields: Entry['fields']): string {
  let name = `${key}_`
  while (Object.hasOwn(fields, name)) name += '_'
  return name
}

let lastTime = Number.NaN
let lastIso = ''

/** A time as lines have it: ISO 8601, UTC, milliseconds. */
export function isoTime(time: number): string {
  if (time !== lastTime) {
    lastIso = new Date(time).toISOString()
    lastTime = time
  }
  return lastIso
}
