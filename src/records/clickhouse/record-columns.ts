import type { Member, Parts } from '../record-member.js'
import { memberRows } from '../record-table.js'

/*
 * The columns of `spoor_records`, made from the table of a record's members. Each record is sent as JSON, and the server takes the
 * columns out of it in a materialised view, so that a record costs the service little more than its JSON.
 */

/** One column of `spoor_records`. */
export interface RecordColumn {
  readonly name: string
  readonly type: string
  /** The value, as SQL on `document`, which is the JSON as a tuple, and `json`. */
  readonly value: string
}

type Kinds = Partial<Record<Member['kind'], string>>

const types: Kinds = {
  text: 'Nullable(String)',
  time: 'Nullable(String)',
  number: 'Nullable(Float64)',
  flag: 'Nullable(Bool)',
  boolean: 'Nullable(Bool)',
  values: 'String',
  numbers: 'Map(String, Float64)',
}

const members: Parts = Object.fromEntries(memberRows)

/** Whatever is not a plain copy of a member. */
const own: readonly RecordColumn[] = [
  { name: 'id', type: 'String', value: "ifNull(document.id, '')" },
  {
    name: 'startedAt',
    type: "DateTime64(3, 'UTC')",
    value: "parseDateTime64BestEffortOrZero(ifNull(document.startedAt, ''), 3, 'UTC')",
  },
  // Values of fields as texts; objects and lists are left out, because no filter asks for them.
  {
    name: 'fields',
    type: 'Map(String, String)',
    value:
      "mapFromArrays(arrayMap(x -> x.1, plain), arrayMap(x -> if(startsWith(x.2, '\"'), JSONExtractString(x.2), x.2), plain))",
  },
  {
    name: 'errorCode',
    type: 'Nullable(String)',
    value:
      "multiIf(JSONType(json, 'error', 'code') = 'String', JSONExtractString(json, 'error', 'code'), JSONHas(json, 'error', 'code') AND JSONType(json, 'error', 'code') NOT IN ('Object', 'Array', 'Null', 'Bool'), JSONExtractRaw(json, 'error', 'code'), NULL)",
  },
]
const ownNames = new Set(own.map(({ name }) => name))

/** All columns. A part of an object has its names joined: `cpu.ms` is `cpu_ms`. Lists have none. */
export const recordColumns: readonly RecordColumn[] = [
  ...own,
  ...columnsOf(members, []).filter(({ name }) => !ownNames.has(name)),
]

function columnsOf(parts: Parts, path: readonly string[]): RecordColumn[] {
  return Object.entries(parts).flatMap(([name, member]) => {
    const places = [...path, name]
    if (member.kind === 'object') return columnsOf(member.parts, places)
    const type = types[member.kind]
    if (type === undefined) return []
    return [{ name: places.join('_'), type, value: `document.${places.map((place) => `\`${place}\``).join('.')}` }]
  })
}

/** The type of the tuple that `document` is. */
const documentType = typeOf(members)

function typeOf(parts: Parts): string {
  const inside = Object.entries(parts).flatMap(([name, member]) => {
    const type = member.kind === 'object' ? typeOf(member.parts) : types[member.kind]
    return type === undefined || member.kind === 'values' ? [] : [`${name} ${type}`]
  })
  return `Tuple(${inside.join(', ')})`
}

/** The SELECT that takes the columns out of records. */
export function mappedRecords(from: string): string {
  const values = recordColumns.map(({ name, value }) => `  ${value} AS \`${name}\``)
  return `SELECT
  record,
  revision,
${values.join(',\n')}
FROM (
  SELECT
    record,
    revision,
    if(readable = '', record, readable) AS json,
    JSONExtract(json, '${documentType}') AS document,
    arrayFilter(x -> NOT match(x.2, '^[{\\\\[]'), JSONExtractKeysAndValuesRaw(json, 'fields')) AS plain
  FROM ${from}
)`
}
