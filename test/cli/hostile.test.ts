// Log lines with values that try to change the terminal, in every field and of every kind.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { storyText } from '../../src/cli/find/story-text.js'
import { tailText } from '../../src/cli/tail/tail-text.js'
import { painted, unpainted } from '../../src/logging/formatters/pretty/colours.js'
import { findInFiles as find } from '../../src/reading/files/find-in-files.js'
import { groupsBelow } from '../../src/reading/files/log-groups.js'
import { storyOf } from '../../src/reading/story/story.js'
import { storyMarkdown } from '../../src/reading/story/story-markdown.js'
import { readAccess } from '../../src/records/read-access.js'
import { build, objects, spoor } from './command-line.js'

/** Escape sequences of one and of two bytes, a bell, a return, a mark that reorders text, a fence and half of a pair. */
const hostile = '\u001b[2J\u009b31m\u0007\rx\u202e\u2028```\n# y\ud800'
const values = [hostile, { [hostile]: hostile }, [hostile, [hostile]], null, 1e308, -1, true, '']
const startedAt = new Date(Date.now() - 60_000).toISOString()
const everything = readAccess('all', undefined)
let directory: string
const ids: string[] = []

/** A request line with all members that a line can have. */
const whole = {
  time: startedAt,
  level: 'error',
  logger: 'requests',
  requestId: '',
  traceId: 'a'.repeat(32),
  parentId: 'parent-of-all-of-them',
  account: 'acme',
  kind: 'request',
  id: '',
  clientRequestId: 'client-id-of-all-of-them',
  user: 'mara',
  method: 'GET',
  route: '/a/:id',
  path: '/a/7',
  status: 500,
  name: 'receipt',
  attempt: 2,
  queuedMs: 50,
  service: 'shop',
  instance: 'one',
  version: '1.0.0',
  pid: 7,
  startedAt,
  durationMs: 100,
  cpu: { ms: 8, slices: 3, clock: 'thread', fromMs: 0 },
  waits: { heldUpMs: 10, outgoingMs: 20, queriesMs: 20, poolMs: 10, stepsMs: 0, otherMs: 22, unmeasuredMs: 0 },
  io: { client: { readBytes: 1, writtenBytes: 1 } },
  logs: { lines: 1, warnings: 0, errors: 0 },
  timeline: [[1, 2]],
  queries: {
    calls: 4,
    ms: 20,
    busyMs: 20,
    slowestMs: 9,
    poolMs: 10,
    bySystem: { postgresql: { calls: 4, ms: 20 } },
    repeated: [{ system: 'postgresql', summary: 'SELECT posts', calls: 4, ms: 20 }],
  },
  fields: { plan: 'pro' },
  counts: { tokens: 3 },
  outgoing: { calls: 1, ms: 20, byHost: { 'blog.example': { calls: 1, ms: 20 } } },
  error: { type: 'Error', message: 'out of stock', code: 'E', stack: 'Error: x\n    at y (z.js:1:1)' },
  message: 'GET /a/7 500',
}

/** Copies of a value in which each member in turn, at any depth, has a hostile value or a hostile name. */
function* spoiled(value: unknown): Generator<unknown> {
  yield* values
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) {
    const rest = Object.fromEntries(Object.entries(value).filter(([other]) => other !== name))
    if (!Array.isArray(value)) yield { ...rest, [hostile]: member }
    for (const one of spoiled(member))
      yield Array.isArray(value) ? value.map((old, at) => (at === Number(name) ? one : old)) : { ...value, [name]: one }
  }
}

beforeAll(() => {
  build()
  directory = mkdtempSync(join(tmpdir(), 'spoor-hostile-'))
  const lines: string[] = []
  const others: string[] = []
  for (const one of spoiled(whole)) {
    if (typeof one !== 'object' || one === null || Array.isArray(one) || !('logger' in one)) continue
    const id = `hostile-request-${ids.length}`
    const line = one as Record<string, unknown>
    // Those of the hostile value stay; the others would join all requests to one story.
    const shared = (['traceId', 'parentId', 'clientRequestId'] as const).filter((name) => line[name] === whole[name])
    const own = Object.fromEntries(shared.map((name) => [name, `${name}-of-${id}`]))
    lines.push(JSON.stringify({ ...line, ...own, requestId: id, id }))
    const { kind, ...rest } = line
    others.push(
      JSON.stringify({ ...rest, logger: line['message'], requestId: id }),
      `nginx ${id} ${hostile.replace('\n', '')}`,
    )
    ids.push(id)
  }
  writeFileSync(join(directory, 'requests.jsonl'), lines.map((one) => `${one}\n`).join(''))
  writeFileSync(join(directory, `shop${hostile.replace(/[/\n]/g, '')}.log`), others.map((one) => `${one}\n`).join(''))
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** The characters of a text, other than line ends, that a terminal obeys. */
const dangerous = (text: string): string[] =>
  text.replace(/\n/g, '').match(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g) ?? []

test('no story, row or Markdown has a character that a terminal obeys', { timeout: 120_000 }, async () => {
  expect(ids.length).toBeGreaterThan(400)
  const groups = groupsBelow(directory)
  for (const id of ids) {
    const found = await find({ access: everything, groups, id, mode: 'blocking' })
    const story = storyOf(found, { record: (record) => record, line: (line) => line })
    if (story === undefined) throw new Error(`${id} was not found`)
    for (const columns of [40, 160]) {
      const style = { columns, isTerminal: columns < 160, source: '', tookMs: 1 }
      expect([id, dangerous(storyText(story, { ...style, paint: unpainted }).join('\n'))]).toEqual([id, []])
      const coloured = storyText(story, { ...style, paint: painted }).join('\n')
      expect([id, dangerous(coloured.replace(/\u001b\[[\d;]*m/g, ''))]).toEqual([id, []])
      for (const line of story.lines) expect([id, dangerous(tailText(line, columns, unpainted))]).toEqual([id, []])
    }
    const markdown = storyMarkdown(story)
    expect([id, dangerous(markdown)]).toEqual([id, []])
    // A line of a log is not a title.
    expect([id, markdown.split('\n').filter((row) => row.startsWith('# y'))]).toEqual([id, []])
  }
})

test.each([
  ['find', '--failed', '--last', '1d'],
  ['find', '--failed', '--last', '1d', '--json'],
  ['find', '--account', hostile],
  ['find', 'hostile-request-3', '--json'],
  ['top'],
  ['top', '--by', 'route', '--sort', `counts.${hostile}`],
  ['top', '--by', 'route', '--json'],
  ['top', '--sort', hostile],
  ['top', '--last', hostile],
  ['find', hostile],
  [hostile],
])('spoor %j prints no character that a terminal obeys', async (...args) => {
  const { code, out, err } = await spoor(args[0] === hostile ? args : [...args, '--dir', directory])
  expect([0, 1, 2]).toContain(code)
  expect(dangerous(out + err)).toEqual([])
  expect(err).not.toMatch(/^\s+at /m)
  if (args.includes('--json')) expect(objects(out).length).toBeGreaterThan(0)
})
