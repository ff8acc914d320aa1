import type { ParsedLine } from '../logging/parser.js'
import { unknownInstance } from '../records/process-name.js'
import type { ListName, StoredRecord } from '../records/record.js'
import type { Member, Parts } from '../records/record-member.js'
import { memberRows, recordMembers } from '../records/record-table.js'
import { knownWaits } from '../records/waits.js'
import type { SafeValue } from '../safe-values/safe-value.js'

type Fields = ParsedLine['fields']

/** What a record is read from. Fields are own members only. */
interface RecordLine {
  readonly fields?: Fields | undefined
  readonly requestId?: string | undefined
  readonly parentId?: string | undefined
  readonly account?: string | undefined
}

const noFields: Fields = Object.freeze(Object.create(null))

// The account and the parent stand on every line, where the parser takes them from.
const optionalRows = new Map<string, Member>(
  memberRows.filter(([name, row]) => row.isOptional === true && name !== 'account' && name !== 'parentId'),
)
const listRows = memberRows.flatMap(([name, row]) => (row.kind === 'list' ? [[name, row.parts] as const] : []))

/**
 * Reads the record from a line of `requests`. Members of a wrong kind are left out, because files may be damaged or
 * written by other programs. Lists that the line lacks are empty.
 *
 * @returns undefined unless the line is about a finished request or job
 */
export function lineRecord({ fields = noFields, requestId, parentId, account }: RecordLine): StoredRecord | undefined {
  const { id, kind, service, startedAt, durationMs, pid, instance } = fields
  if (kind !== 'request' && kind !== 'job') return undefined
  if (typeof id !== 'string' || typeof startedAt !== 'string' || !isTime(startedAt) || !isFigure(durationMs))
    return undefined
  const optional = optionalMembers(fields)
  return {
    id,
    requestId: requestId ?? id,
    kind,
    ...(parentId === undefined ? {} : { parentId }),
    ...(account === undefined ? {} : { account }),
    service: typeof service === 'string' ? service : 'unknown',
    instance: typeof instance === 'string' ? instance : unknownInstance,
    pid: isFigure(pid) ? pid : 0,
    startedAt,
    durationMs,
    ...optional,
    ...waitsOf(optional, durationMs, fields['outgoing']),
    io: ioOf(fields),
    ...listsOf(fields),
  }
}

/** The error of a line of kind `late`, with the status of its failure; undefined if the line has none. */
export function lineLateError({ fields }: ParsedLine): StoredRecord['error'] {
  const { error, status } = fields
  return isObject(error) && isFigure(status) ? { ...error, status } : undefined
}

/** Reads the figures of a line of kind `late`. */
export function lineLate({ fields }: ParsedLine): StoredRecord['late'] {
  const late = fields['late']
  return late !== undefined && isValid(late, recordMembers.late) ? (late as unknown as StoredRecord['late']) : undefined
}

/** The optional members, each if the line has a value of its kind. */
function optionalMembers(fields: Fields): Partial<StoredRecord> {
  const members: Record<string, SafeValue> = {}
  for (const name of Object.keys(fields)) {
    const row = optionalRows.get(name)
    const value = fields[name]
    if (row !== undefined && value !== undefined && isValid(value, row)) members[name] = value
  }
  return members
}

/** True for a value that a member of this kind may have. */
function isValid(value: SafeValue, member: Member): boolean {
  switch (member.kind) {
    case 'text':
    case 'time':
      return typeof value === 'string'
    case 'number':
      return isFigure(value)
    case 'flag':
      return value === true
    case 'boolean':
      return typeof value === 'boolean'
    case 'spans':
      return Array.isArray(value) && value.every((span) => Array.isArray(span) && span.every(isFigure))
    case 'object':
      return hasParts(value, member.parts)
    case 'values':
      return isObject(value)
    case 'numbers':
      return isObject(value) && Object.values(value).every(isFigure)
    case 'list':
      return Array.isArray(value) && value.every((item) => hasParts(item, member.parts))
    case 'names':
      return isObject(value) && Object.values(value).every((item) => hasParts(item, member.parts))
    case 'value':
      return true
  }
}

/** True for an object with all required parts, whose other members are plain values. */
function hasParts(value: SafeValue, parts: Parts): boolean {
  if (!isObject(value)) return false
  for (const name of Object.keys(value))
    if (typeof value[name] === 'object' && !Object.hasOwn(parts, name)) return false
  for (const name of Object.keys(parts)) {
    const part = parts[name] as Parts[string]
    const own = Object.hasOwn(value, name) ? value[name] : undefined
    if (own === undefined ? part.isOptional !== true : !isValid(own, part)) return false
  }
  return true
}

/** The waits of a request that was not measured: its line has the sums of its calls and queries. */
function waitsOf(
  { cpu, waits, queries }: Partial<StoredRecord>,
  durationMs: number,
  calls: SafeValue | undefined,
): Pick<StoredRecord, 'waits'> {
  if (cpu !== undefined || waits !== undefined) return {}
  const ms = isObject(calls) ? calls['ms'] : undefined
  return { waits: knownWaits(durationMs, isFigure(ms) ? ms : 0, queries?.ms, queries?.poolMs) }
}

/** The items of each list that have what such items must have; a list that the line lacks is empty. */
function listsOf(fields: Fields): Pick<StoredRecord, ListName> {
  const lists: Record<string, SafeValue> = {}
  for (const [name, parts] of listRows) {
    const items = fields[name]
    lists[name] = Array.isArray(items) ? items.filter((item) => hasParts(item, parts)) : []
  }
  return lists as unknown as Pick<StoredRecord, ListName>
}

/** A line has the sum of the calls at the top, a record in `io`. */
function ioOf({ io, outgoing }: Fields): StoredRecord['io'] {
  const known: { [key: string]: SafeValue } = isObject(io) ? io : {}
  const sum = [outgoing, known['outgoing']].filter(isObject).find(({ calls }) => isFigure(calls))
  const byHost = sum && isObject(sum['byHost']) ? sum['byHost'] : {}
  const hosts = Object.entries(byHost).filter(
    ([, host]) => isFigures(host) && isFigure(host['calls']) && isFigure(host['ms']),
  )
  return {
    ...(isFigures(known['client']) ? { client: known['client'] } : {}),
    ...(isFigures(known['fs']) ? { fs: known['fs'] } : {}),
    ...(sum === undefined ? {} : { outgoing: { calls: sum['calls'], byHost: Object.fromEntries(hosts) } }),
  } as unknown as StoredRecord['io']
}

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) && !Number.isNaN(Date.parse(text))
}

function isFigure(value: SafeValue | undefined): value is number {
  return typeof value === 'number'
}

function isObject(value: SafeValue | undefined): value is { [key: string]: SafeValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An object of plain values. */
function isFigures(value: SafeValue | undefined): value is { [key: string]: SafeValue } {
  return isObject(value) && Object.values(value).every((one) => typeof one !== 'object')
}
