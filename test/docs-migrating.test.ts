// The services of docs/migrating.md, before and after: each gets the same requests, and leaves lines with the same facts.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { blocksOf, textOf } from './docs/blocks.js'
import { linesOf, temporaryFolder } from './programs/folder.js'
import { runProgram } from './programs/program.js'

const page = 'docs/migrating.md'

type Line = Readonly<Record<string, unknown>>

/** What a service answered, and what it left. */
interface Left {
  readonly ids: readonly string[]
  readonly statuses: readonly number[]
  /** The lines of the files in `logs`, by the file's name without numbers and dates. */
  readonly files: Readonly<Record<string, readonly Line[]>>
  readonly stdout: string
}

/** The facts of a line that every service must leave. */
interface Facts {
  readonly level: unknown
  readonly message: unknown
  readonly requestId: unknown
}

const pinoLevels = new Map<unknown, string>([
  [30, 'info'],
  [50, 'error'],
])

/** The facts of a line, by the names that each logger has for them. */
function factsOf(line: Line): Facts {
  const { level, message, msg, requestId, req } = line
  const id = requestId ?? (req as Line | undefined)?.['id']
  return { level: pinoLevels.get(level) ?? level, message: message ?? msg, requestId: id }
}

/** The block of code under a heading of the page. */
function blockUnder(heading: string): string {
  const line = textOf(page).split('\n').indexOf(`### ${heading}`)
  const block = blocksOf(page).find((one) => line >= 0 && one.line > line + 1)
  expect(block?.language, heading).toBe('js')
  return block?.code ?? ''
}

const requests = `
  await new Promise((listening) => server.once('listening', listening))
  const base = 'http://127.0.0.1:' + server.address().port
  const answers = []
  for (const [method, path] of [['POST', '/orders/7'], ['GET', '/fail'], ['POST', '/orders/8']]) {
    const response = await fetch(base + path, { method })
    await response.text()
    answers.push({ status: response.status, id: response.headers.get('x-request-id') })
  }
  process.stdout.write('\\nanswers ' + JSON.stringify(answers) + '\\n')
  process.kill(process.pid, 'SIGTERM')
`

/** Starts a service of the page, sends it three requests, stops it, and reads what it left. */
async function run(heading: string, change = (code: string) => code): Promise<Left> {
  const code = change(blockUnder(heading))
    .replace('listen(3000)', 'listen(0)')
    .replaceAll("'spoor/express'", "'spoor/adapters/express/express.js'")
  const cwd = temporaryFolder()
  const { stdout, stderr, code: exit } = await runProgram(code + requests, { cwd })
  expect([stderr, exit]).toEqual(['', 0])
  const answers = JSON.parse(/^answers (.*)$/m.exec(stdout)?.[1] ?? '[]') as { status: number; id: string }[]
  const files: Record<string, Line[]> = {}
  for (const file of readdirSync(join(cwd, 'logs')).filter(
    (name) => /\.(log|jsonl)$/.test(name) && !name.startsWith('.'),
  )) {
    const name = file.replace(/[.-][\d-]+(?=\.log$)/, '')
    files[name] = linesOf(cwd, 'logs', file).map((line) => JSON.parse(line) as Line)
  }
  return { ids: answers.map(({ id }) => id), statuses: answers.map(({ status }) => status), files, stdout }
}

/** The lines of the service itself in its file: no lines about requests. */
function ownLines(left: Left): readonly Line[] {
  const about = new Set<unknown>(['request completed', 'request errored', 'request'])
  return (left.files['app.log'] ?? []).filter((line) => !about.has(factsOf(line).message))
}

const services = [
  ['pino', 'Before: pino', 'Move over from pino', 'Keep pino'],
  ['winston', 'Before: winston', 'Move over from winston', 'Keep winston'],
] as const

describe.each(services)('a service with %s', (_, before, moved, kept) => {
  test.each([before, moved, kept])(
    '%s: the lines have message, field, level and the id of the response',
    async (heading) => {
      const left = await run(heading)
      expect(left.statuses).toEqual([201, 500, 201])
      const [first, failed, last] = left.ids
      expect(new Set(left.ids).size).toBe(3)
      const paid = ownLines(left).filter((line) => factsOf(line).message === 'paid')
      expect(paid.map((line) => ({ ...factsOf(line), order: line['order'] }))).toEqual([
        { level: 'info', message: 'paid', requestId: first, order: '7' },
        { level: 'info', message: 'paid', requestId: last, order: '8' },
      ])
      const failure =
        heading === moved ? failureIn(left) : ownLines(left).find((line) => factsOf(line).level === 'error')
      expect(factsOf(failure ?? {})).toEqual({ level: 'error', message: 'no stock', requestId: failed })
      expect(JSON.stringify(failure)).toContain('Error: no stock\\n    at ')
    },
  )

  test.each([moved, kept])('%s: each request leaves one line with method, path, status and id', async (heading) => {
    const left = await run(heading)
    const seen = left.files['requests.jsonl']?.map(({ requestId, method, path, status }) => [
      requestId,
      method,
      path,
      status,
    ])
    expect(seen).toEqual([
      [left.ids[0], 'POST', '/orders/7', 201],
      [left.ids[1], 'GET', '/fail', 500],
      [left.ids[2], 'POST', '/orders/8', 201],
    ])
  })
})

test('pino-http beside Spoor has the id of the response', async () => {
  const { files, ids } = await run('Keep pino', (code) =>
    code
      .replace("from 'pino'\n", "from 'pino'\nimport { pinoHttp } from 'pino-http'\n")
      .replace('.use(s)\n', '.use(s).use(pinoHttp({ logger, genReqId: () => contextFields().requestId }))\n'),
  )
  const lines = files['app.log']?.filter(({ msg }) => msg === 'request completed' || msg === 'request errored') ?? []
  expect(lines.map(({ requestId, req }) => [requestId, (req as Line)['id']])).toEqual(ids.map((id) => [id, id]))
})

test("the loggers of Django's LOGGING write the same lines to the same files", async () => {
  const cwd = temporaryFolder()
  const { stdout, stderr, code } = await runProgram(blockUnder('In Spoor'), { cwd })
  expect([stderr, code]).toEqual(['', 0])
  expect(stdout).toMatch(/^\[[^\]]+\] \[INFO\] \[publish_sync\] \[\d+\] \[-\] published \{.*"postId":7\}\n$/)
  const [line, ...more] = linesOf(cwd, 'logs/publish-sync-logs/publish_sync.log')
  expect(line).toMatch(/^\[[^\]]+\] \[INFO\] published \{.*"postId":7\}$/)
  expect(more).toEqual([])
})

/** The error that the root logger writes on the console: `[time] [LEVEL] [logger] [pid] [id] message {…}`. */
function failureIn({ stdout }: Left): Line {
  const text = stdout.split('\n').find((one) => one.includes('[ERROR] [root]')) ?? ''
  const [, level = '', , , message, members = '{}'] =
    /^\[[^\]]*\] \[(\w+)\] \[(\w+)\] \[(\d+)\] \[[^\]]*\] (.*?) (\{.*\})$/.exec(text) ?? []
  expect(message).toBe('GET /fail failed: 500 internal_error')
  const { error, ...line } = JSON.parse(members) as { error: Line }
  return { ...line, error, level: level.toLowerCase(), message: error['message'] }
}
