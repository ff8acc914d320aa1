import { own } from '../safe-values/own-member.js'
import { isOfProcess } from './process-name.js'
import type { StoredRecord } from './record.js'
import type { RecordFilter } from './record-store.js'
import { dominantOf } from './waits.js'

type Test = (record: StoredRecord) => boolean

const equal = ['account', 'user', 'route', 'kind', 'parentId', 'requestId'] as const
const maxItems = 200
const defaultItems = 50
// The years that ISO 8601 writes with four digits: their texts sort like their times.
const firstMs = Date.parse('0000-01-01T00:00:00.000Z')
const lastMs = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * Makes the test of a filter. The list itself applies `before` and `limit`. An impossible filter (`status: 'ok'`,
 * `from: NaN`) matches nothing.
 */
export function matches(filter: RecordFilter): Test {
  const tests = testsOf(filter)
  return (record) => {
    for (const test of tests) if (!test(record)) return false
    return true
  }
}

/** The earliest start that can match, in the form of records; an empty text if every start can. */
export function startsFrom({ from }: RecordFilter): string {
  return from === undefined || Number.isNaN(from) ? '' : isoOf(from)
}

/** The number of items on a page: `limit`, from 1 to 200. Default 50, also for a `limit` that is not a number. */
export function pageSize(limit: unknown): number {
  if (typeof limit !== 'number' || Number.isNaN(limit)) return defaultItems
  return Math.max(1, Math.min(maxItems, Math.floor(limit)))
}

/** One test per given member: most filters have one or two members, and there may be 100,000 records. */
function testsOf(filter: RecordFilter): Test[] {
  const {
    status,
    dominant,
    mostly,
    from,
    to,
    minMs,
    minCpuMs,
    errorCode,
    text,
    process,
    measured,
    fields = {},
  } = filter
  const tests: Test[] = []
  for (const name of equal) {
    const wanted = filter[name]
    if (wanted !== undefined) tests.push((record) => record[name] === wanted)
  }
  if (from !== undefined) tests.push(startTest(from, (startedAt, bound) => startedAt >= bound))
  if (to !== undefined) tests.push(startTest(to, (startedAt, bound) => startedAt < bound))
  if (status !== undefined) tests.push(statusTest(status))
  if (minMs !== undefined) tests.push(({ durationMs }) => durationMs >= minMs)
  if (minCpuMs !== undefined) tests.push(({ cpu }) => cpu !== undefined && cpu.ms >= minCpuMs)
  if (errorCode !== undefined) tests.push(({ error }) => codeOf(error) === errorCode)
  if (text !== undefined) tests.push(textTest(text))
  if (process !== undefined) tests.push((record) => isOfProcess(record, process))
  if (measured !== undefined) tests.push(({ cpu }) => (cpu !== undefined) === measured)
  for (const [name, wanted] of Object.entries(fields)) tests.push(fieldTest(name, wanted))
  for (const wanted of new Set([dominant, mostly])) {
    if (wanted !== undefined) tests.push((record) => dominantOf(record) === wanted)
  }
  return tests
}

/** Compares texts: parsing 10,000 dates takes longer than all other tests. */
function startTest(ms: number, compare: (startedAt: string, bound: string) => boolean): Test {
  if (Number.isNaN(ms)) return () => false
  const bound = isoOf(ms)
  return ({ startedAt }) => compare(startedAt, bound)
}

function isoOf(ms: number): string {
  return new Date(Math.max(firstMs, Math.min(lastMs, ms))).toISOString()
}

function statusTest(wanted: string): Test {
  if (!/^[1-9]xx$/.test(wanted)) return ({ status }) => status !== undefined && String(status) === wanted
  const min = Number(wanted[0]) * 100
  return ({ status }) => status !== undefined && status >= min && status < min + 100
}

const searched = ['id', 'requestId', 'path', 'route', 'name', 'account', 'user'] as const

/** Finds a part of a name, in any case. */
function textTest(text: string): Test {
  const wanted = text.toLowerCase()
  return (record) => searched.some((name) => record[name]?.toLowerCase().includes(wanted))
}

/** Objects and lists match no text. */
function fieldTest(name: string, wanted: string): Test {
  return ({ fields }) => {
    if (fields === undefined || !Object.hasOwn(fields, name)) return false
    const value = fields[name]
    return (typeof value !== 'object' || value === null) && String(value) === wanted
  }
}

/** The `code` of an error as a record has it. */
function codeOf(error: StoredRecord['error']): string | undefined {
  if (typeof error !== 'object' || error === null || Array.isArray(error)) return undefined
  const code = own(error, 'code')
  return typeof code === 'string' || typeof code === 'number' ? String(code) : undefined
}
