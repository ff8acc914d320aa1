import type { RequestContext } from '../../context/request-context.js'
import { escapeJson } from '../../safe-values/escape.js'
import type { SafeValue } from '../../safe-values/safe-value.js'
import type { Entry } from '../entry.js'

// A field may not pass for what we say ourselves: a member `account` of a caller's body is not the account.
const ours = new Set(['time', 'level', 'logger', 'requestId', 'parentId', 'traceId', 'account', 'message'])

/**
 * Who and what for: the members that a line carries besides time, level and message, in the contract's order, as the
 * inside of a JSON object. A field that clashes with one of ours gets a trailing `_`.
 */
export function lineMembers(entry: Entry, context: RequestContext | undefined): string {
  let members = `"logger":${JSON.stringify(entry.logger)}`
  if (context !== undefined) members += contextMembers(context)
  const fields = JSON.stringify(withoutClashes(entry.fields))
  if (fields !== '{}') members += `,${fields.slice(1, -1)}`
  return escapeJson(members)
}

function contextMembers(context: RequestContext): string {
  let members = `,"requestId":${JSON.stringify(context.requestId)}`
  if (context.parentId !== undefined) members += `,"parentId":${JSON.stringify(context.parentId)}`
  if (context.account !== undefined) members += `,"account":${JSON.stringify(context.account)}`
  return members
}

function withoutClashes(fields: Entry['fields']): Entry['fields'] {
  const keys = Object.keys(fields)
  if (!keys.some((key) => ours.has(key))) return fields
  // Object.fromEntries, because an assignment to a member named __proto__ would set the prototype.
  return Object.fromEntries(keys.map((key) => [ours.has(key) ? freeName(key, fields) : key, fields[key] as SafeValue]))
}

function freeName(key: string, fields: Entry['fields']): string {
  let name = `${key}_`
  while (Object.hasOwn(fields, name)) name += '_'
  return name
}
