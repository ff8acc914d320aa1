import type { RecordFilter } from '../records/record-store.js'
import { momentOf } from './moment.js'
import { Refusal } from './refusal.js'

/** How one parameter is read. */
interface Parameter<Value> {
  /** undefined for what it cannot be. */
  readonly read: (text: string) => Value | undefined
  /** Finishes the sentence `<name>: is …`. */
  readonly expected: string
}

/** What a list can be filtered by. All ids of one request are asked for by `requests/:id`. */
type ListFilter = Omit<RecordFilter, 'requestId'>

const name = text(200)
const ms = number(/^\d{1,12}(?:\.\d{1,3})?$/, 'no number of ms, such as 250 or 0.5')
const moment: Parameter<number> = { read: momentOf, expected: 'no time: ISO 8601 with its zone, or ms since 1970' }

const parameters: { readonly [Name in keyof ListFilter]-?: Parameter<NonNullable<ListFilter[Name]>> } = {
  account: name,
  user: name,
  route: text(1_000),
  status: matching(/^[1-5](?:\d\d|xx)$/, 'no status such as 404, and no class such as 5xx'),
  kind: oneOf('request', 'job'),
  parentId: name,
  mostly: oneOf('cpu', 'held', 'outgoing', 'other'),
  from: moment,
  to: moment,
  minMs: ms,
  minCpuMs: ms,
  errorCode: name,
  before: matching(/^[\x21-\x7e]{1,1000}$/, 'no `next` of a page'),
  limit: number(/^(?:[1-9]\d?|1\d\d|200)$/, 'no whole number from 1 to 200'),
}

/**
 * The filter that the query of a URL asks for.
 *
 * @param query without its `?`
 * @throws Refusal 400 that names every parameter at fault, once, and repeats nothing of what was sent
 */
export function filterOf(query: string): RecordFilter {
  const filter: Record<string, unknown> = {}
  const problems = new Set<string>()
  for (const [key, value] of new URLSearchParams(query)) {
    if (!isParameter(key)) problems.add(unknownOf(Object.keys(parameters)))
    else if (Object.hasOwn(filter, key)) problems.add(`${key}: is there more than once`)
    else {
      const { read, expected } = parameters[key]
      filter[key] = read(value)
      if (filter[key] === undefined) problems.add(`${key}: is ${value === '' ? 'empty' : expected}`)
    }
  }
  const { from, to } = filter as RecordFilter
  if (from !== undefined && to !== undefined && from >= to) problems.add('from: is not before `to`')
  refuse(problems)
  return filter
}

function isParameter(key: string): key is keyof ListFilter {
  return Object.hasOwn(parameters, key)
}

/** @throws Refusal 400 for any parameter at all */
export function noParameters(query: string): void {
  refuse(query === '' ? new Set() : new Set([unknownOf([])]))
}

/** The refusal of a cursor that is none. */
export function badCursor(): Refusal {
  return badQuery([`before: is ${parameters.before.expected}`])
}

function refuse(problems: ReadonlySet<string>): void {
  if (problems.size > 0) throw badQuery([...problems])
}

function badQuery(problems: readonly string[]): Refusal {
  return new Refusal(400, 'bad_query', { detail: problems.join('; ') })
}

function unknownOf(known: readonly string[]): string {
  return `there is a parameter that is none; there ${known.length === 0 ? 'are none here' : `are ${known.join(', ')}`}`
}

function matching(pattern: RegExp, expected: string): Parameter<string> {
  return { read: (value) => (pattern.test(value) ? value : undefined), expected }
}

function text(most: number): Parameter<string> {
  return {
    read: (value) => (value !== '' && value.length <= most ? value : undefined),
    expected: `longer than ${most} characters`,
  }
}

function number(pattern: RegExp, expected: string): Parameter<number> {
  return { read: (value) => (pattern.test(value) ? Number(value) : undefined), expected }
}

function oneOf<const Value extends string>(...values: Value[]): Parameter<Value> {
  return { read: (value) => values.find((one) => one === value), expected: `none of ${values.join(', ')}` }
}
