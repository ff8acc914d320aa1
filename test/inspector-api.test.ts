import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { lineFilterOf } from '../src/inspector/line-query.js'
import { filterOf } from '../src/inspector/query.js'
import type { Refusal } from '../src/inspector/refusal.js'
import type { Member } from '../src/records/record-member.js'
import { unlistedNames } from '../src/records/record-names.js'
import { memberRows } from '../src/records/record-table.js'
import { pathsOf } from './architecture/members.js'
import { repeated } from './conformance/service.js'

const page = readFileSync(new URL('../docs/inspector-api.md', import.meta.url), 'utf8')

/** The cells of each row of the first table in `text`. */
function rowsIn(text: string): string[][] {
  const rows = text.split('\n').flatMap((line) => (/^\| .*\|$/.test(line) ? [line.slice(1, -1).split('|')] : []))
  return rows.slice(2).map((cells) => cells.map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')))
}

function section(begin: string, end: string): string {
  const from = page.indexOf(begin)
  expect(from, begin).toBeGreaterThan(0)
  return page.slice(from, page.indexOf(end, from + begin.length))
}

/** The members that an answer has beside those of the record. */
const added: readonly Row[] = [
  ['measured', ''],
  ['cpuEstimate.ms', 'ms'],
  ['cpuEstimate.windows', 'count'],
  ['source', ''],
  ['others[]', ''],
  ['storeFailed', ''],
  ['summary', ''],
  ['parts[].kind', ''],
  ['parts[].ms', 'ms'],
  ['parts[].words', ''],
  ['parts[].title', ''],
  ['parts[].story', ''],
  ['notes[]', ''],
]
type Row = readonly [path: string, unit: string]

/** The path and unit of every value in a member: `io.outgoing.byHost.*.ms`. */
function valuesOf(name: string, member: Member): Row[] {
  if (!('parts' in member)) return [[name, ('unit' in member && member.unit) || '']]
  const mark = { object: '', list: '[]', names: '.*' }[member.kind]
  return Object.entries(member.parts).flatMap(([part, row]) => valuesOf(`${name}${mark}.${part}`, row))
}

test('the table of a record lists every member once, in order, with its unit', () => {
  const rows = typeRows('ReadRecord')
  const members = memberRows.flatMap(([name, row]) => valuesOf(name, row))
  expect(rows.map(([path, unit]) => [path, unit])).toEqual([...members, ...added])
})

const typeRows = (type: string): string[][] => rowsIn(section(`<!-- ${type} -->`, '<!-- end -->'))

test.each(['Session', 'RequestsSummary', 'LiveRequest', 'UsageAnswer', 'CpuAccounting', 'Health', 'Dependencies'])(
  'the table of %s has every member, once, and no other',
  (type) => {
    const members = typeRows(type).map(([member]) => member as string)
    expect(repeated(members)).toEqual([])
    expect(members.sort()).toEqual(pathsOf(type).sort())
  },
)

test.each(['ReadRecord', 'Session', 'RequestsSummary', 'LiveRequest', 'UsageAnswer', 'CpuAccounting', 'Health'])(
  'the table of %s gives the unit that the name says, and a meaning',
  (type) => {
    for (const [member = '', unit, meaning] of typeRows(type)) {
      const named = /[mM]s$/.test(member) ? /^ms( after the start)?$/ : /[bB]ytes$/.test(member) ? /^bytes$/ : /.*/
      expect([member, unit]).toEqual([member, expect.stringMatching(named)])
      expect([member, meaning]).toEqual([member, expect.stringMatching(/\w{2}/)])
    }
  },
)

test('a list lacks exactly the members that the page names', () => {
  const sentence = /have all\s+members\s+except ([\s\S]*?)\.\s+In/.exec(page)?.[1] ?? ''
  const lacking = [...sentence.matchAll(/`(\w+)(?:\[\])?`/g)].map(([, name]) => name as string)
  const gone = [...unlistedNames, 'source', 'others', 'storeFailed', 'summary', 'parts', 'notes']
  expect(lacking.sort()).toEqual(gone.sort())
})

test('the page lists exactly the accepted parameters, in order', () => {
  const rows = rowsIn(section('### Parameters of', '### Log lines'))
  expect(rows.map(([name]) => name)).toEqual(parameters())
})

test('the page lists exactly the accepted parameters of log lines, in order', () => {
  const rows = rowsIn(section('<!-- parameters of lines -->', '<!-- end -->'))
  expect(rows.map(([name]) => name)).toEqual(parameters(lineFilterOf))
})

test('the page lists every endpoint of log lines', () => {
  const rows = rowsIn(section('## Endpoints', '### Parameters of')).map(([path]) => path)
  for (const path of ['/api/logs', '/api/live', '/api/requests/:id/logs', '/api/requests/:id?as=markdown'])
    expect(rows).toContain(path)
})

test('the page lists the members of a log line', () => {
  const rows = rowsIn(section('A line has these members', '`/api/requests/:id/logs` takes'))
  const listed = rows.flatMap(([names = '']) => names.split(/`?, `?/))
  expect([...listed, 'text'].sort()).toEqual(
    pathsOf('ShownLine')
      .map((path) => path.split('.')[0])
      .sort(),
  )
})

/** The known parameters, as the refusal of an unknown parameter names them. */
function parameters(read: (query: string) => unknown = filterOf): string[] {
  try {
    read('none=1')
    return []
  } catch (error) {
    return /parameters (.*), got another$/.exec((error as Refusal).failure.detail ?? '')?.[1]?.split(', ') ?? []
  }
}

test('the page lists exactly the responses of the inspector', () => {
  const codes = rowsIn(section('## Answers', '## A record')).flatMap(([, code]) => (code ? [code] : []))
  const folder = new URL('../src/inspector/', import.meta.url)
  const files = ['access.ts', 'concurrency-limit.ts', 'inspector.ts', 'parameters.ts', 'refusal.ts', 'routes.ts']
  const sources = files.map((file) => readFileSync(new URL(file, folder), 'utf8')).join('\n')
  const given = [...sources.matchAll(/new Refusal\(\d{3}, '(\w+)'/g)].map(([, code]) => code as string)
  expect([...new Set(codes)].sort()).toEqual([...new Set(given)].sort())
})
