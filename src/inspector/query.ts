import type { RecordFilter } from '../records/record-store.js'
import { momentOf } from './moment.js'
import {
  badQuery,
  matching,
  number,
  oneOf,
  type Parameter,
  type Parameters,
  readParameter,
  refuse,
  text,
  unknownParameter,
} from './parameters.js'
import type { Refusal } from './refusal.js'

/** The members of a filter that a query can set; `requests/:id` finds records by request id. */
type ListFilter = Omit<RecordFilter, 'requestId' | 'fields'>

const name = text(200)
const ms = number(/^\d{1,12}(?:\.\d{1,3})?$/, 'a number of ms, such as 250 or 0.5')
const moment: Parameter<number> = { read: momentOf, expected: 'a time in ISO 8601 with its zone, or ms since 1970' }

const dominant = oneOf('cpu', 'held', 'outgoing', 'queries', 'pool', 'other')

const parameters: Parameters<ListFilter> = {
  account: name,
  user: name,
  route: text(1_000),
  status: matching(/^[1-5](?:\d\d|xx)$/, 'a status such as 404, or a class such as 5xx'),
  kind: oneOf('request', 'job'),
  parentId: name,
  dominant,
  mostly: dominant,
  from: moment,
  to: moment,
  minMs: ms,
  minCpuMs: ms,
  errorCode: name,
  measured: { read: booleanOf, expected: 'true or false' },
  process: text(300),
  text: name,
  before: matching(/^[\x21-\x7e]{1,1000}$/, 'the `next` of a page'),
  limit: number(/^(?:[1-9]\d?|1\d\d|200)$/, 'a whole number from 1 to 200'),
}

const { from: _, to: __, before: ___, limit: ____, ...ofOverview } = parameters

/**
 * Reads the filter that the query of a URL asks for.
 *
 * @param query without its `?`
 * @throws Refusal 400 that names every wrong parameter once; the message repeats no text of the caller
 */
export function filterOf(query: string): RecordFilter {
  return filterWith(query, parameters)
}

/**
 * Reads the filter of a summary, which is about the last minutes and has no pages.
 *
 * @throws Refusal 400, as `filterOf`
 */
export function overviewFilterOf(query: string): RecordFilter {
  return filterWith(query, ofOverview)
}

function filterWith<Values>(query: string, parameters: Parameters<Values>): RecordFilter {
  const unknown = unknownParameter([...Object.keys(parameters), 'field.NAME'])
  // Without a prototype: a member that a dependency puts on Object.prototype must not select records.
  const filter: Record<string, unknown> = Object.create(null)
  const problems = new Set<string>()
  for (const [key, value] of new URLSearchParams(query)) {
    if (key.startsWith(fieldPrefix)) addField(filter, key.slice(fieldPrefix.length), value, problems)
    else readParameter([key, value], parameters, filter, problems, unknown)
  }
  const { from, to } = filter as RecordFilter
  if (from !== undefined && to !== undefined && from >= to) {
    problems.add('from: expected a time before `to`, got the same or a later time')
  }
  nameDominant(filter, problems)
  refuse(problems)
  return filter
}

function booleanOf(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined
}

const fieldPrefix = 'field.'
const maxFields = 8

/** `field.plan=pro` selects records to which the service added that field (`spoor.add`). */
function addField(
  filter: { fields?: Record<string, string> },
  name: string,
  value: string,
  problems: Set<string>,
): void {
  const fields = filter.fields ?? Object.create(null)
  if (name === '' || name.length > 100) problems.add('field.NAME: expected a name of 1 to 100 characters')
  else if (name in fields) problems.add('field.NAME: expected one value for each name, got several')
  else if (Object.keys(fields).length >= maxFields) problems.add(`field.NAME: expected at most ${maxFields} fields`)
  else if (value.length > 1_000) problems.add('field.NAME: expected a value of at most 1000 characters')
  else {
    fields[name] = value
    filter.fields = fields
  }
}

/** `mostly` is the old name of `dominant`, until 0.3. Stores written for 0.1 read the old name, so both are set. */
function nameDominant(filter: Record<string, unknown>, problems: Set<string>): void {
  const { dominant, mostly } = filter
  if (dominant !== undefined && mostly !== undefined && dominant !== mostly) {
    problems.add('mostly: expected the same value as `dominant`, got another value; leave mostly out')
  }
  const wanted = dominant ?? mostly
  if (wanted !== undefined) Object.assign(filter, { dominant: wanted, mostly: wanted })
}

/** @throws Refusal 400 for any parameter */
export function noParameters(query: string): void {
  refuse(query === '' ? new Set() : new Set(['query: expected no parameters, got some']))
}

/** The refusal of a `before` that is not a cursor of the store. */
export function badCursor(): Refusal {
  return badQuery([`before: expected ${parameters.before.expected}, got another value`])
}
