// The same lines in files and in ClickHouse give the same answers, within the same access.
import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { find } from '../../src/reading/find/find.js'
import type { LineSource } from '../../src/reading/line-source.js'
import type { LinesAsked } from '../../src/reading/lines/line-page.js'
import { lineReading } from '../../src/reading/lines/line-reading.js'
import type { LiveEvent } from '../../src/reading/lines/watching.js'
import { Searches } from '../../src/reading/searches.js'
import type { ShownLine, Story } from '../../src/reading/story/story.js'
import { type ReadAccess, readAccess } from '../../src/records/read-access.js'
import { hasChdb } from '../chdb/chdb.js'
import { serveChdb } from './setup.js'
import { bothOf, idAt, lineOf, olderLogs, requestLineOf, start } from './written.js'

const everything = readAccess('all', undefined)
const acme = readAccess('account', 'acme')
const logs = (lines: number) => ({ logs: { lines, warnings: 0, errors: 0 } })

/** A story without what tells files from a table. */
async function storyOf(source: LineSource, id: string, access = everything): Promise<unknown> {
  const story = await lineReading(source, new Searches()).story(access, id, { jobs: true })
  return story && withoutPlace(story)
}

function withoutPlace({ searched, ...story }: Story): unknown {
  const children = story.children.map((child) => ({ ...child, lines: withoutFile(child.lines) }))
  return { ...story, lines: withoutFile(story.lines), children }
}

function withoutFile(lines: readonly ShownLine[]): unknown[] {
  return lines.map(({ file, ...line }) => line)
}

describe.skipIf(!hasChdb)('lines in ClickHouse', () => {
  const served = serveChdb()

  describe('the story of a request', () => {
    const id = idAt(start)
    const job = idAt(start + 20, 2)
    const scope = idAt(start + 5, 3)
    const hook = idAt(start + 700, 4)
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
    const lines = [
      lineOf({ at: start + 1, id, account: 'acme', traceId, message: 'first' }),
      lineOf({
        at: start + 2,
        id,
        account: 'acme',
        message: 'second',
        level: 'warn',
        fields: { a: 1, b: [true, null] },
      }),
      lineOf({ at: start + 3, id, account: 'globex', message: 'of another account' }),
      lineOf({ at: start + 6, id: scope, parentId: id, account: 'acme', message: 'in a scope' }),
      lineOf({ at: start + 30, id: job, parentId: id, account: 'acme', message: 'in a job' }),
      lineOf({ at: start + 4, id: idAt(start, 9), account: 'acme', message: 'of another request' }),
      requestLineOf(id, start, 10, {
        account: 'acme',
        traceId,
        fields: { jobsQueued: 1, ...logs(3), clientRequestId: 'client-1-of-the-caller' },
      }),
      requestLineOf(job, start + 20, 40, {
        parentId: id,
        account: 'acme',
        fields: { kind: 'job', name: 'receipt', attempt: 1, ...logs(1) },
      }),
      requestLineOf(hook, start + 700, 5, { account: 'acme', traceId, fields: { route: '/hooks' } }),
      lineOf({
        at: start + 2_100,
        id,
        account: 'acme',
        logger: 'requests',
        message: 'late',
        fields: { kind: 'late', id, late: { cpuMs: 3, untilMs: 2_000 } },
      }),
    ]

    test.each([
      ['its request id', id],
      ['the id of its job', job],
      ['the id that the client sent', 'client-1-of-the-caller'],
      ['its trace', traceId],
      ['an unknown id', idAt(start, 77)],
      ['an id with quotes, backslashes and a parameter', `'\\"{x:String}'`],
    ])('by %s is the same as from files', async (_, asked) => {
      const both = await bothOf(served)
      await both.write(lines)
      for (const access of [everything, acme, readAccess('account', 'acme', true), readAccess('account', 'globex')])
        expect(await storyOf(both.table, asked, access)).toEqual(await storyOf(both.files, asked, access))
    })

    test('has the lines of its jobs and scopes, what came back for it, and what came late', async () => {
      const both = await bothOf(served)
      await both.write(lines)
      const found = await find(both.table.search(acme), { id, jobs: true })
      expect(found.lines.map(({ line }) => line?.message)).toEqual(['first', 'second'])
      expect(found.children.map(({ id: child }) => child)).toEqual([scope, job])
      expect(found.cameBack.map(({ requestId }) => requestId)).toEqual([hook])
      const quick = await find(both.table.search(acme), { id })
      expect(quick.completeness).toBe('told')
    })
  })

  const accounts = fc.constantFrom(undefined, 'acme', 'globex', '', `a"b'\\`)
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 10 }),
    fc.constantFrom(
      `'`,
      '\\',
      '{x:String}',
      '\0',
      '😀',
      'İ',
      'K',
      'Σας',
      '%_',
      '"account":"acme"',
      '"kind":"totals"',
      '7',
      'null',
    ),
  )
  // What some lines have and some questions ask for.
  const decimal = fc.integer({ min: -5_000, max: 5_000 }).map((thousandths) => thousandths / 1_000)
  const value = fc.oneof(
    text,
    fc.constantFrom('7f3a-12', '2026-11-24', '1e5', 'a/b', 7, 0.001, -12.345, 123456789.000001, 1e-7),
    fc.integer(),
    decimal,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
  )
  const made = fc.record({
    at: fc.integer({ min: 0, max: 40 }),
    of: fc.integer({ min: 1, max: 3 }),
    level: fc.constantFrom('trace', 'debug', 'info', 'warn', 'error', 'fatal'),
    logger: fc.constantFrom('shop', 'web hooks', `it's`),
    account: accounts,
    message: text,
    fields: fc.dictionary(
      fc.constantFrom('a', 'b', 'status', 'fields', '{x:String}'),
      fc.oneof(value, fc.constant(null), fc.dictionary(fc.constantFrom('a', 'b'), value)),
      { maxKeys: 3 },
    ),
  })
  const optional = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(of, { nil: undefined })
  const asked = fc.record({
    loggers: optional(fc.subarray(['shop', 'web hooks', `it's`, 'none'])),
    level: optional(fc.constantFrom('debug' as const, 'info' as const, 'error' as const)),
    account: optional(fc.constantFrom('acme', 'globex', '', `a"b'\\`)),
    requestId: optional(fc.constantFrom(idAt(start, 1), idAt(start, 2))),
    text: optional(text),
    fields: optional(
      fc.dictionary(fc.constantFrom('a', 'b', 'status', '{x:String}'), value.map(String), { maxKeys: 2 }),
    ),
    from: optional(fc.integer({ min: 0, max: 40 }).map((at) => start + at)),
    to: optional(fc.integer({ min: 0, max: 40 }).map((at) => start + at)),
    limit: fc.integer({ min: 1, max: 12 }),
  })
  const readers = fc.constantFrom(
    everything,
    acme,
    readAccess('account', ''),
    readAccess('account', undefined),
    readAccess('account', `a"b'\\`),
  )

  test('give the same pages as files do, for any lines, filter and reader', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(made, { maxLength: 60 }),
        fc.array(fc.tuple(asked, readers), { minLength: 1, maxLength: 8 }),
        async (some, questions) => {
          const both = await bothOf(served)
          const lines = some.map(({ at, of, ...line }) => lineOf({ ...line, at: start + at, id: idAt(start, of) }))
          await both.write(lines)
          for (const [question, access] of questions) {
            const ofFiles = await allPages(both.files, question, access)
            expect(inOrder(await allPages(both.table, question, access))).toEqual(inOrder(ofFiles))
          }
        },
      ),
      { numRuns: 12 },
    )
  })

  test.each([
    'gold',
    '7f3a-12',
    '12',
    '0.125',
    'true',
    `it's "quoted"`,
    'back\\slash',
    'path/to',
    'line\nbreak',
    'é 😀',
    '{x:String}',
  ])('are found by the field %j, of the line and of those that the service added', async (asked) => {
    const both = await bothOf(served)
    const as = (value: unknown, n: number): string[] => [
      lineOf({ at: start + n, message: `own ${n}`, fields: { plan: value } }),
      lineOf({ at: start + n, message: `added ${n}`, fields: { fields: { plan: value, other: 1 } } }),
    ]
    const asNumber = asked === 'true' ? true : Number(asked)
    await both.write([...as(asked, 1), ...as(Number.isNaN(asNumber) ? asked : asNumber, 2), ...as('other', 3)])
    for (const source of [both.files, both.table]) {
      const page = await source.page(everything, { fields: { plan: asked } })
      expect(page.items.map(({ message }) => message).sort()).toEqual(['added 1', 'added 2', 'own 1', 'own 2'])
    }
  })

  test('whose message has half of a surrogate pair are found by a part of it', async () => {
    const both = await bothOf(served)
    await both.write([
      lineOf({ at: start, message: 'a name cut off: \ud83d' }),
      lineOf({ at: start + 1, message: 'other' }),
    ])
    for (const source of [both.files, both.table]) {
      const page = await source.page(everything, { text: 'Cut off' })
      expect(page.items.map(({ message }) => message)).toEqual(['a name cut off: \ud83d'])
    }
  })

  test('are read page by page, newest first, without a gap or a line twice where thousands have one time', async () => {
    const both = await bothOf(served)
    await both.write(
      Array.from({ length: 2_500 }, (_, at) => lineOf({ at: start + (at >> 11), message: `line ${at}` })),
    )
    const pages = await allPages(both.table, { limit: 400 }, everything)
    expect(pages.length).toBe(2_500)
    expect(new Set(pages.map(({ message }) => message)).size).toBe(2_500)
    expect(pages.map(({ time }) => time)).toEqual(
      pages
        .map(({ time }) => time)
        .toSorted()
        .reverse(),
    )
  })

  test('have a cursor that does not tell the reader of one account how many lines others wrote', async () => {
    const cursors = []
    for (const others of [0, 300]) {
      const both = await bothOf(served)
      const of = (account: string, message: string) => lineOf({ at: start, account, message })
      const foreign = Array.from({ length: others }, (_, at) => of('globex', `line ${at}`))
      await both.write([of('acme', 'first'), ...foreign, of('acme', 'second'), ...foreign, of('acme', 'third')])
      const { next, items } = await both.table.page(acme, { limit: 1 })
      expect(items.map(({ message }) => message)).toEqual(['third'])
      expect((await allPages(both.table, { limit: 1 }, acme)).map(({ message }) => message)).toEqual([
        'third',
        'second',
        'first',
      ])
      cursors.push(next)
    }
    expect(cursors[0]).toBe(cursors[1])
  })

  test('do not tell a reader without internals whether a message that it may not see has a text', async () => {
    const both = await bothOf(served)
    const message = 'no rows in internal_prices'
    const failed = {
      account: 'acme',
      level: 'error',
      message,
      fields: { err: { type: 'Error', message, stack: 'at x' } },
    }
    await both.write(Array.from({ length: 20 }, (_, at) => lineOf({ at: start + at, ...failed })))
    const answers = []
    for (const text of ['internal_prices', 'internal_users']) {
      const page = await both.table.page(acme, { text, limit: 1 })
      expect(page.items).toEqual([])
      answers.push(page.next)
    }
    expect(answers[0]).toBe(answers[1])
    expect(
      (await both.table.page(readAccess('account', 'acme', true), { text: 'internal_prices' })).items,
    ).toHaveLength(20)
  })

  test('are read from a table that an older collector made, which has no column TimestampTime', async () => {
    const both = await bothOf(served, olderLogs)
    const now = Date.now()
    const id = idAt(now - 200_000)
    const line = lineOf({ at: now - 199_995, id, account: 'acme', message: 'handled' })
    await both.write([line, requestLineOf(id, now - 200_000, 10, { account: 'acme', fields: logs(1) })])
    expect(await storyOf(both.table, id)).toEqual(await storyOf(both.files, id))
    expect(withoutFile((await both.table.page(acme, {})).items)).toEqual(
      withoutFile((await both.files.page(acme, {})).items),
    )
    const top = { access: everything, from: now - 3_600_000, by: 'route' } as const
    expect(await both.table.top(top)).toEqual(await both.files.top(top))
    expect((await both.table.totals(top)).service).toBe('shop')
    expect(await both.table.parts()).toMatchObject([{ oldest: expect.stringMatching(/^20/) }])
    const seen: string[] = []
    const send = (event: LiveEvent): boolean => event.kind === 'dropped' || seen.push(String(event.line.message)) > 0
    onTestFinished(await both.table.watch({ access: everything, filter: {}, send }))
    await both.write([lineOf({ at: Date.now(), message: 'live' })])
    await vi.waitFor(() => expect(seen).toEqual(['live']), { timeout: 20_000 })
  })

  test.each(['', 'x', 'MTIz', 'LTE', 'e30', Buffer.from('1 2 3').toString('base64url')])(
    'refuse the cursor "%s"',
    async (before) => {
      const both = await bothOf(served)
      await expect(both.table.page(everything, { before })).rejects.toThrow(RangeError)
    },
  )
})

async function allPages(source: LineSource, asked: LinesAsked, access: ReadAccess): Promise<ShownLine[]> {
  const items: ShownLine[] = []
  let before: string | undefined
  for (let pages = 0; pages < 100; pages++) {
    const page = await source.page(access, { ...asked, before })
    items.push(...page.items)
    before = page.next
    if (before === undefined) return items
  }
  throw new Error('the pages have no end')
}

/** Lines of one time have no order between several loggers. */
function inOrder(lines: readonly ShownLine[]): unknown[] {
  const keyOf = (line: unknown): string => JSON.stringify(line)
  const times = lines.map(({ time }) => time)
  expect(times).toEqual(times.toSorted().reverse())
  return withoutFile(lines).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}
