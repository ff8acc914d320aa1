import type { RequestContext } from '../../context/request-context.js'
import { escapeJson } from '../../safe-values/escape.js'
import { remembered } from '../../safe-values/remembered.js'
import type { SafeValue } from '../../safe-values/safe-value.js'
import { EncodedEntry, type Entry } from '../entry.js'

// The hot path of every line (docs/benchmarks.md has it beside JSON.stringify of the whole line). What helps: parts that
// come again are made once and flat (the time of a millisecond, the context of a request, a message), clean fields are
// written by hand (safe-values/clean-fields.ts), and a line is put together of as few pieces as possible, because all
// of them are copied when a batch is encoded.

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
 * inside of a JSON object. A field that clashes with a member of Spoor's gets a trailing `_`.
 */
export function lineMembers(entry: Entry, context: RequestContext | undefined): string {
  const lead = prefixOf(entry.logger, context)
  const fields = entry instanceof EncodedEntry ? entry.members : fieldMembers(entry.fields)
  return fields === '' ? lead : `${lead},${fields}`
}

// The lines of one request follow each other. Not a WeakMap by context: the garbage collector took a tenth of all time
// for it (Node 24).
let lastPrefix = {
  logger: '',
  context: undefined as RequestContext | undefined,
  account: undefined as string | undefined,
  text: '"logger":""',
}

function prefixOf(logger: string, context: RequestContext | undefined): string {
  const account = context?.account
  // The account may be said late.
  if (lastPrefix.context === context && lastPrefix.logger === logger && lastPrefix.account === account)
    return lastPrefix.text
  // Ids hold nothing that needs escaping (context/request-id.ts). Escaping all of it flattens the text, which is then
  // copied in one piece into every line.
  const id = context === undefined ? '' : `,"requestId":"${context.requestId}"`
  const parent = context?.parentId === undefined ? '' : `,"parentId":"${context.parentId}"`
  const trace = context?.trace === undefined ? '' : `,"traceId":"${context.trace.traceId}"`
  const owner = account === undefined ? '' : `,"account":${jsonText(account)}`
  const text = escapeJson(`"logger":${jsonText(logger)}${id}${parent}${trace}${owner}`)
  lastPrefix = { logger, context, account, text }
  return text
}

// An entry's line is made for each of its outputs, one after the other; its fields are the same.
let last: { fields: Entry['fields']; members: string } = { fields: {}, members: '' }

/** Fields as the inside of a JSON object. A field that clashes with a member of Spoor's gets a trailing `_`. */
export function fieldMembers(fields: Entry['fields']): string {
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
