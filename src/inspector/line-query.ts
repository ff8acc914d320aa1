import { type Level, levels } from '../logging/levels.js'
import type { LinesAsked } from '../reading/lines/line-page.js'
import { momentOf } from './moment.js'
import { Refusal } from './refusal.js'

const maxFields = 8
const maxLoggers = 50

type Read = (text: string) => unknown

interface Parameter {
  readonly read: Read
  readonly expected: string
}

const name: Parameter = {
  read: (value) => (value !== '' && value.length <= 200 ? value : undefined),
  expected: '1 to 200 characters',
}
const moment: Parameter = { read: momentOf, expected: 'a time in ISO 8601 with its zone, or ms since 1970' }
const parameters: Readonly<Record<string, Parameter>> = {
  level: { read: (value) => levels.find((one: Level) => one === value), expected: `one of ${levels.join(', ')}` },
  account: name,
  requestId: { read: (value) => (/^[\w.:@/+=~-]{1,200}$/.test(value) ? value : undefined), expected: 'a request id' },
  text: name,
  process: {
    read: (value) => (value !== '' && value.length <= 300 ? value : undefined),
    expected: '1 to 300 characters',
  },
  from: moment,
  to: moment,
  before: { read: (value) => (/^[\w-]{1,400}$/.test(value) ? value : undefined), expected: 'the `next` of a page' },
  limit: {
    read: (value) => (/^(?:[1-9]\d{0,2}|1000)$/.test(value) ? Number(value) : undefined),
    expected: 'a whole number from 1 to 1000',
  },
}

/**
 * Reads the filter of log lines in the query of a URL.
 *
 * @param without parameters that this endpoint does not take
 * @throws Refusal 400 that names every wrong parameter; the message repeats no text of the caller
 */
export function lineFilterOf(query: string, without: readonly string[] = []): LinesAsked {
  const asked: Record<string, unknown> = {}
  const loggers: string[] = []
  const fields: Record<string, string> = Object.create(null)
  const problems = new Set<string>()
  for (const [key, value] of new URLSearchParams(query)) {
    if (key === 'logger') {
      if (value === '' || value.length > 200 || loggers.length >= maxLoggers)
        problems.add('logger: expected 1 to 200 characters')
      else loggers.push(value)
    } else if (key.startsWith('field.')) {
      const field = key.slice(6)
      if (
        field === '' ||
        field.length > 100 ||
        value.length > 1_000 ||
        field in fields ||
        Object.keys(fields).length >= maxFields
      )
        problems.add(
          `field.NAME: expected at most ${maxFields} fields, each once, with a value of at most 1000 characters`,
        )
      else fields[field] = value
    } else if (!Object.hasOwn(parameters, key) || without.includes(key)) problems.add(unknown(without))
    else if (Object.hasOwn(asked, key)) problems.add(`${key}: expected one value, got several`)
    else {
      const { read, expected } = parameters[key] as Parameter
      asked[key] = read(value)
      if (asked[key] === undefined)
        problems.add(`${key}: expected ${expected}, got ${value === '' ? 'an empty' : 'another'} value`)
    }
  }
  if (problems.size > 0) throw badLineQuery([...problems])
  const named = Object.keys(fields).length > 0 ? { fields } : {}
  return { ...asked, ...named, ...(loggers.length > 0 ? { loggers } : {}) }
}

/**
 * Reads the query of live lines: a filter without times and pages, and `items=true` for items in place of request lines.
 *
 * @throws Refusal 400, as `lineFilterOf`
 */
export function liveFilterOf(query: string): { readonly filter: LinesAsked; readonly items: boolean } {
  const parameters = new URLSearchParams(query)
  const items = parameters.getAll('items')
  parameters.delete('items')
  const filter = lineFilterOf(parameters.toString(), ['before', 'limit', 'from', 'to'])
  if (items.length > 1 || (items.length === 1 && items[0] !== 'true'))
    throw badLineQuery(['items: expected true, once, or no such parameter'])
  return { filter, items: items.length === 1 }
}

/** The refusal of wrong parameters. */
export function badLineQuery(problems: readonly string[]): Refusal {
  return new Refusal(400, 'bad_query', { detail: problems.join('; ') })
}

function unknown(without: readonly string[]): string {
  const known = ['logger', ...Object.keys(parameters).filter((one) => !without.includes(one)), 'field.NAME']
  return `query: expected only the parameters ${known.join(', ')}, got another`
}
