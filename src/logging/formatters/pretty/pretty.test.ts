import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createContext } from '../../../context/request-context.js'
import type { SafeValue } from '../../../safe-values/safe-value.js'
import type { Entry } from '../../entry.js'
import { painted, unpainted } from './colours.js'
import { prettyConsole } from './pretty.js'
import { textWidth } from './width.js'

const time = Date.parse('2026-11-24T07:26:20.123Z')
const entry = (own: Partial<Entry> = {}): Entry => ({
  time,
  level: 'info',
  logger: 'publish_sync',
  message: 'published',
  fields: { postId: 7 },
  ...own,
})
const requestId = '01a20dde-1314-7c1e-9b52-6f0d3a81c7e4'
const context = createContext('request', { requestId, account: 'acme' })
const formatter = (columns?: number, logger = 'publish_sync') =>
  prettyConsole({ paint: unpainted, columns: () => columns })(logger)
const coloured = (columns?: number) => prettyConsole({ paint: painted, columns: () => columns })('publish_sync')
const rowsOf = (columns: number | undefined, own: Partial<Entry> = {}, of = context): string[] =>
  formatter(columns)(entry(own), of).split('\n')

describe('the row of a request with queries', () => {
  const rowOf = (queries: SafeValue): string =>
    formatter(undefined, 'requests')(
      entry({ logger: 'requests', message: 'GET /posts 200 260 ms', fields: { kind: 'request', queries } }),
      undefined,
    )

  test('says how many there were, how long they took, and which one repeats', () => {
    const repeated = [{ system: 'postgresql', summary: 'SELECT posts', calls: 25, ms: 90 }]
    expect(rowOf({ calls: 41, ms: 212, repeated })).toMatch(/ms {2}41 queries 212 ms, 25 of them SELECT posts$/)
    expect(rowOf({ calls: 1, ms: 3 })).toMatch(/ms {2}1 query 3(\.0+)? ms$/)
  })

  test('escapes the summary that the service gave', () => {
    const repeated = [{ system: 'cassandra', summary: 'SELECT \u001b[31mposts', calls: 5, ms: 90 }]
    expect(rowOf({ calls: 5, ms: 9, repeated })).not.toContain('\u001b')
  })
})

describe('an entry', () => {
  test('shows time, level, logger, message, fields, account, and the end of the id', () => {
    expect(formatter()(entry({ fields: { postId: 7, site: 'a b', ok: true, tags: ['x'] } }), context)).toBe(
      '07:26:20.123 INFO  publish_sync  published  postId=7 site="a b" ok=true tags=["x"]  acme …3a81c7e4',
    )
  })

  test('has no account and no id outside a request', () => {
    expect(formatter()(entry({ fields: {} }), undefined)).toBe('07:26:20.123 INFO  publish_sync  published')
  })

  test('has the account and the id at the end of its row', () => {
    const [row] = rowsOf(80)
    expect(row).toMatch(/ {3}acme …3a81c7e4$/)
    expect(row).toHaveLength(80)
    expect(rowsOf(200)[0]).toHaveLength(140)
  })

  test('that does not fit has its fields in a second row, and a long message in several', () => {
    const fields = { site: 'blog.acme.example', template: 'product-launch' }
    expect(rowsOf(80, { fields })).toEqual([
      '07:26:20.123 INFO  publish_sync  published                        acme …3a81c7e4',
      '                                 site=blog.acme.example template=product-launch',
    ])
    const message = 'the post was published, and the page of it is there for everybody to read'
    expect(rowsOf(80, { message, fields: {} })).toEqual([
      '07:26:20.123 INFO  publish_sync  the post was published, and the  acme …3a81c7e4',
      '                                 page of it is there for everybody to read',
    ])
  })

  test('keeps a duration and its unit in one row', () => {
    const message = 'GET 127.0.0.1:46755/wp-json/wp/v2/posts/:id 200 17 ms'
    expect(rowsOf(80, { message, fields: {} })).toEqual([
      '07:26:20.123 INFO  publish_sync  GET                              acme …3a81c7e4',
      '                                 127.0.0.1:46755/wp-json/wp/v2/posts/:id 200',
      '                                 17 ms',
    ])
  })

  test('has its messages in one column on a wide screen, whatever the logger', () => {
    const of = prettyConsole({ paint: unpainted, columns: () => 120 })
    const formats = ['publish_sync', 'app'].map((logger) => [logger, of(logger)] as const)
    const rows = formats.map(([logger, format]) => format(entry({ logger }), context))
    expect(new Set(rows.map((row) => row.indexOf('published')))).toEqual(new Set([33]))
  })

  test('is a paragraph on a narrow screen', () => {
    expect(rowsOf(20)).toEqual(['07:26:20.123 INFO', ' publish_sync', ' published postId=7', ' acme …3a81c7e4'])
  })

  test('has a colour for its id, which all entries of the request have', () => {
    const format = coloured(120)
    const colourOf = (own: Partial<Entry>) => /\u001b\[(\d+)m…3a81c7e4/.exec(format(entry(own), context))?.[1]
    expect(colourOf({})).toMatch(/^\d+$/)
    expect(colourOf({ message: 'other', level: 'error' })).toBe(colourOf({}))
  })

  test('counts two columns for wide characters', () => {
    const [row] = rowsOf(80, { message: '投稿 🎉', fields: {} })
    expect(textWidth(row as string)).toBe(80)
  })

  test('shows a newline as an escape, in a message and in a field', () => {
    const forged = 'x\n07:26:20.123 ERROR root  forged'
    expect(rowsOf(undefined, { message: forged, fields: { forged } })).toEqual([
      expect.stringContaining('x\\n07:26:20.123 ERROR root  forged  forged="x\\n07:26'),
    ])
  })

  test('of a call shows only the fields that its message does not say', () => {
    const fields = { method: 'GET', host: 'h:1', route: '/a/:id', status: 502, durationMs: 8.4, aborted: true }
    expect(rowsOf(undefined, { message: 'GET h:1/a/:id 502 8.4 ms', fields })).toEqual([
      '07:26:20.123 INFO  publish_sync  GET h:1/a/:id 502 8.4 ms  aborted=true  acme …3a81c7e4',
    ])
  })
})

const errorOf = (own: Record<string, SafeValue> = {}): Record<string, SafeValue> => ({
  type: 'TypeError',
  message: 'no title',
  stack: [
    'TypeError: no title',
    `    at publish (${join(process.cwd(), 'src/publish.js')}:10:5)`,
    `    at next (file://${join(process.cwd(), 'node_modules/router/index.js')}:305:5)`,
    '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
  ].join('\n'),
  ...own,
})

describe('an error', () => {
  test('has its stack in rows below its entry, with paths from the working directory', () => {
    expect(rowsOf(100, { level: 'error', fields: { error: errorOf({ code: 'E1' }), postId: 7 } }).slice(1)).toEqual([
      '    TypeError: no title  code=E1',
      '    │  at publish (src/publish.js:10:5)',
      '    │  at next (node_modules/router/index.js:305:5)',
      '    │  at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
    ])
  })

  test('has the frames of packages and of Node dim', () => {
    const rows = coloured(100)(entry({ level: 'error', fields: { error: errorOf() } }), context).split('\n')
    expect(rows[2]).toMatch(/at publish \(src/)
    expect(rows[3]).toMatch(/\u001b\[2mat next/)
    expect(rows[4]).toMatch(/\u001b\[2mat process/)
  })

  test('has its causes and the members of an AggregateError as a tree', () => {
    const refused = (address: string) => ({ type: 'Error', message: `connect ECONNREFUSED ${address}` })
    const cause = {
      type: 'AggregateError',
      message: '',
      code: 'ECONNREFUSED',
      errors: [refused('::1:5432'), refused('127.0.0.1:5432')],
      cause: { type: 'Error', message: 'no route' },
    }
    expect(rowsOf(100, { fields: { error: errorOf({ stack: 'x', cause }) } }).slice(1)).toEqual([
      '    TypeError: no title',
      '    └─ cause: AggregateError  code=ECONNREFUSED',
      '       ├─ errors[0]: Error: connect ECONNREFUSED ::1:5432',
      '       ├─ errors[1]: Error: connect ECONNREFUSED 127.0.0.1:5432',
      '       └─ cause: Error: no route',
    ])
  })

  test('below another one shows only the frames that differ', () => {
    const stack = (message: string, line: number) =>
      `Error: ${message}\n    at call (a.js:${line}:1)\n    at send (b.js:2:2)\n    at async file:///c.js:3:3`
    const cause = { type: 'Error', message: 'refused', stack: stack('refused', 9) }
    const error = { type: 'Error', message: 'away', stack: stack('away', 1), cause }
    expect(rowsOf(100, { fields: { error } }).slice(1)).toEqual([
      '    Error: away',
      '    │  at call (a.js:1:1)',
      '    │  at send (b.js:2:2)',
      '    │  at async /c.js:3:3',
      '    └─ cause: Error: refused',
      '       │  at call (a.js:9:1)',
      '       │  … 2 frames as above',
    ])
  })

  test('in another field has the name of the field', () => {
    expect(rowsOf(100, { fields: { reason: errorOf({ stack: '' }) } })[1]).toBe('    reason: TypeError: no title')
  })

  test('with newlines in its message cannot look like another entry', () => {
    const message = 'no title\n07:26:20.123 ERROR root  forged\n    at forged (x.js:1:1)'
    const rows = rowsOf(100, {
      fields: { error: errorOf({ message, stack: `TypeError: ${message}\n    at real (y.js:1:1)` }) },
    })
    expect(rows.slice(1)).toEqual([
      '    TypeError: no title',
      '    │  07:26:20.123 ERROR root  forged',
      '    │      at forged (x.js:1:1)',
      '    │  at real (y.js:1:1)',
    ])
  })

  test('beside a status has its stack, unless it is the failure of a request', () => {
    const rows = rowsOf(100, { level: 'error', fields: { error: errorOf(), status: 404 } })
    expect(rows[2]).toBe('    │  at publish (src/publish.js:10:5)')
  })

  test('of a caller is a note in the row of its entry, without the stack', () => {
    const fields = { error: errorOf({ code: 'bad' }), code: 'bad', status: 400 }
    expect(rowsOf(undefined, { logger: 'root', message: 'GET / failed: 400 bad', fields })).toEqual([
      '07:26:20.123 INFO  root  GET / failed: 400 bad  TypeError: no title  acme …3a81c7e4',
    ])
  })
})

describe('the row of a request', () => {
  const row = (own: Partial<Entry> = {}, fields: Entry['fields'] = {}): Partial<Entry> => ({
    logger: 'requests',
    message: 'POST /api/v1/publish 201 34 ms',
    fields: { kind: 'request', path: '/api/v1/publish', status: 201, durationMs: 34, ...fields },
    ...own,
  })

  test('has its message, without level, logger and fields', () => {
    expect(rowsOf(80, row())).toEqual([
      '07:26:20.123       POST /api/v1/publish 201 34 ms                 acme …3a81c7e4',
    ])
  })

  test('is marked from 1 s on, but not that of a job or of an upgraded connection', () => {
    const labels = [
      { durationMs: 999 },
      { durationMs: 1000 },
      { kind: 'job', durationMs: 1000 },
      { upgraded: true, durationMs: 1000 },
    ].map((fields) => rowsOf(80, row({}, fields))[0]?.slice(13, 18))
    expect(labels).toEqual(['     ', 'SLOW ', '     ', '     '])
  })

  test('shows an error that was not shown before', () => {
    const rows = rowsOf(80, row({ level: 'error', message: 'POST / 500 1 ms' }, { status: 500, error: errorOf() }))
    expect(rows[0]).toContain('ERROR POST / 500 1 ms')
    expect(rows[1]).toBe('    TypeError: no title')
  })

  test('shows an error that `beforeLine` has made a text', () => {
    expect(
      rowsOf(80, row({ level: 'error', message: 'POST / 500 1 ms' }, { status: 500, error: 'away' }))[0],
    ).toContain('ERROR POST / 500 1 ms  error=away')
  })

  test('does not repeat the error that root showed in the same request', () => {
    const format = formatter(80)
    const failed = entry({
      logger: 'root',
      level: 'error',
      message: 'POST / failed: 500 x',
      fields: { error: errorOf() },
    })
    const ended = entry(row({ level: 'error', message: 'POST / 500 1 ms' }, { status: 500, error: errorOf() }))
    format(failed, context)
    expect(format(ended, context)).toMatch(/^07:26:20\.123 {7}POST \/ 500 1 ms +acme …3a81c7e4$/)
    const other = createContext('request', { requestId, account: 'acme' })
    expect(format(ended, other)).toContain('ERROR POST / 500 1 ms')
    const otherError = entry(row({ level: 'error' }, { status: 500, error: errorOf({ message: 'another' }) }))
    expect(format(otherError, context)).toContain('TypeError: another')
  })
})

test('a member of Object.prototype is not shown', () => {
  const prototype = Object.prototype as Record<string, unknown>
  const format = prettyConsole({ paint: unpainted, columns: () => 80 })('a')
  let shown = ''
  try {
    Object.assign(prototype, { stray: 1, stack: '    at x' })
    shown = format(entry({ fields: { n: 1 } }), undefined)
  } finally {
    for (const name of ['stray', 'stack']) delete prototype[name]
  }
  expect(shown).toMatch(/ n=1$/)
})

describe('an error that the service logs and that Spoor logs as the failure of the request', () => {
  const fields = { error: errorOf() }
  const own = entry({ level: 'error', message: 'not saved', fields })
  const failure = entry({
    logger: 'root',
    level: 'error',
    message: 'POST / failed: 500 internal_error',
    fields: { ...fields, status: 500, code: 'internal_error' },
  })
  const redRows = (shown: string): number => shown.split('\n').filter((row) => /\u001b\[91m/.test(row)).length

  test.each([
    ['first by the service', own, failure],
    ['first by Spoor', failure, own],
  ])('is one red entry with a stack, %s', (_, first, second) => {
    const format = prettyConsole({ paint: painted, columns: () => 120 })('root')
    expect(redRows(format(first, context))).toBeGreaterThan(1)
    const again = format(second, context)
    expect(redRows(again)).toBe(0)
    expect(again).toContain(`${second.message}  TypeError: no title`)
    expect(again).not.toContain('\n')
  })

  test('is shown in full by an entry of another request, and if it was thrown elsewhere', () => {
    const format = prettyConsole({ paint: painted, columns: () => 120 })('root')
    format(own, context)
    const other = createContext('request', { requestId, account: 'acme' })
    expect(redRows(format(failure, other))).toBeGreaterThan(1)
    const elsewhere = {
      ...failure,
      fields: { ...failure.fields, error: errorOf({ stack: 'TypeError: no title\n    at x' }) },
    }
    expect(redRows(format(elsewhere, context))).toBeGreaterThan(1)
  })

  test('is shown in full each time that the service logs the error', () => {
    const format = prettyConsole({ paint: painted, columns: () => 120 })('root')
    expect([own, own].map((one) => redRows(format(one, context)) > 1)).toEqual([true, true])
  })

  test('is red if the entry of the service is only a warning', () => {
    const format = prettyConsole({ paint: painted, columns: () => 120 })('root')
    format({ ...own, level: 'warn' }, context)
    expect(redRows(format(failure, context))).toBeGreaterThan(1)
  })
})

describe('for any entry,', () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom('\n', '\u001b[31m', ' ', '\\', '投', '\u202e'),
    ),
  })
  const error = fc.record({ type: text, message: text, stack: text, cause: fc.record({ type: text, message: text }) })
  const fields = fc.dictionary(text, fc.oneof(fc.jsonValue(), error)) as fc.Arbitrary<Record<string, SafeValue>>
  const entries = fc.record({
    level: fc.constantFrom('info', 'error'),
    logger: fc.constantFrom('publish_sync', 'root', 'requests'),
    message: text,
    fields: fc.tuple(fields, fc.option(error), fc.boolean()).map(([own, error, isRow]) => ({
      ...own,
      ...(error === null ? {} : { error }),
      ...(isRow ? { kind: 'request', status: 500, durationMs: 2_000 } : {}),
    })),
  }) as fc.Arbitrary<Partial<Entry>>
  const columns = fc.option(fc.integer({ min: 8, max: 160 }), { nil: undefined })

  test('no control character of a value reaches the output', () => {
    fc.assert(
      fc.property(entries, text, columns, (own, account, columns) => {
        const context = createContext('request', { account })
        const rows = prettyConsole({ paint: unpainted, columns: () => columns })('root')(entry(own), context).split(
          '\n',
        )
        for (const row of rows) {
          expect(row).not.toMatch(
            /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udfff]/u,
          )
        }
      }),
    )
  })

  test('only the first row begins at the edge, and the text is the same with colours', () => {
    fc.assert(
      fc.property(entries, text, columns, (own, account, columns) => {
        const context = createContext('request', { account })
        const plain = prettyConsole({ paint: unpainted, columns: () => columns })('root')(entry(own), context)
        const coloured = prettyConsole({ paint: painted, columns: () => columns })('root')(entry(own), context)
        expect(coloured.replaceAll(/\u001b\[[\d;]*m/g, '')).toBe(plain)
        for (const row of plain.split('\n').slice(1)) expect(row).toMatch(/^ /)
      }),
    )
  })

  test('no row is wider than the screen', () => {
    fc.assert(
      fc.property(entries, text, fc.integer({ min: 20, max: 160 }), (own, account, columns) => {
        const context = createContext('request', { account })
        const shown = prettyConsole({ paint: unpainted, columns: () => columns })('root')(entry(own), context)
        for (const row of shown.split('\n')) expect(textWidth(row)).toBeLessThanOrEqual(columns)
      }),
    )
  })
})

describe('a stack in a field of its own', () => {
  test('has rows of its own, as the stack of an error has', () => {
    const stack = 'MyWarning: careful\n    at pay (/srv/shop/pay.js:4:2)\n    at node:internal/x:1:1'
    expect(rowsOf(undefined, { message: 'careful', fields: { name: 'MyWarning', stack } })).toEqual([
      '07:26:20.123 INFO  publish_sync  careful  name=MyWarning  acme …3a81c7e4',
      '    MyWarning: careful',
      '    │  at pay (/srv/shop/pay.js:4:2)',
      '    │  at node:internal/x:1:1',
    ])
  })

  test('without an error above its frames has its name there', () => {
    const stack = '    at pay (/srv/shop/pay.js:4:2)\n    at node:internal/x:1:1'
    expect(rowsOf(undefined, { fields: { stack } }).slice(1)).toEqual([
      '    stack:',
      '    │  at pay (/srv/shop/pay.js:4:2)',
      '    │  at node:internal/x:1:1',
    ])
  })

  test('stays a field if it has no frames, and no text in it begins at the edge', () => {
    expect(rowsOf(undefined, { fields: { stack: 'lamp' } })).toHaveLength(1)
    const text = fc.array(fc.constantFrom('at ', '\n', '\r', ': ', 'a', '\u001b[31m', '\u2028', '│', '    '), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(text, fc.constantFrom(undefined, 20, 80), (parts, columns) => {
        const [, ...rows] = rowsOf(columns, { fields: { stack: parts.join('') } })
        for (const row of rows) expect(row).toMatch(/^ [^\p{Cc}\u2028]*$/u)
      }),
    )
  })
})

describe('an entry about an output that fails', () => {
  const failed = { output: 'app.log', error: 'EACCES: permission denied', keptLines: 1, lostLines: 0 }
  const message = 'app.log cannot be written: EACCES: permission denied; the lines go to the console'

  test('does not repeat what its message says', () => {
    const shown = (text: string, fields: Entry['fields']) =>
      rowsOf(undefined, { level: 'warn', logger: 'root', message: text, fields }).join('\n')
    expect(shown(message, { outputs: [failed] })).not.toContain('=')
    const allClear = 'app.log is writable again: 173 lines recovered, 0 lost'
    expect(shown(allClear, { output: 'app.log', recovered: 173, lost: 0 })).not.toContain('=')
  })

  test('names the others', () => {
    const others = { outputs: [failed, { ...failed, output: 'b.log' }] }
    expect(rowsOf(undefined, { message, fields: others }).join('\n')).toContain('b.log')
  })
})
