// The console as a real terminal shows it.
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../../../test/programs/folder.js'
import { runProgram } from '../../../../test/programs/program.js'
import { hasTerminal, rowsOf, runInTerminal } from '../../../../test/programs/terminal.js'
import { textWidth } from './width.js'

const service = (options: string, handler: string) => `
  import http from 'node:http'
  import { createSpoor, defineLogs } from 'spoor'
  import { spoorNode } from 'spoor/adapters/node/node.js'
  const logs = defineLogs({ directory: process.env.LOGS, loggers: { app: {} }, ${options} })
  const spoor = createSpoor({ service: 's', logs, errors: { level: process.env.ERROR_LEVEL && (() => process.env.ERROR_LEVEL) } })
  const server = http.createServer(spoorNode(spoor, { handler: async (req, res) => { ${handler} } }))
  spoor.attach(server)
  server.listen(0, '127.0.0.1', async () => {
    await (await fetch('http://127.0.0.1:' + server.address().port + '/orders/7')).text()
    server.close()
  })
`
const shown = async (source: string, columns = 80, env: Record<string, string> = {}, streams = '') => {
  const { stdout, code } = await runInTerminal(source, { columns, env: { LOGS: temporaryFolder(), ...env }, streams })
  expect(code).toBe(0)
  return stdout
}

describe.skipIf(!hasTerminal)('a terminal', () => {
  const entries = `
    import { defineLogs } from 'spoor'
    const logs = defineLogs({ directory: process.env.LOGS, loggers: { app: { file: 'app.log' } } })
    logs.get('app').info({ postId: 8841, site: 'blog.acme.example' }, 'the post was published, and its page is there')
    logs.get('app').error(new TypeError('no title'))
  `

  test.each([20, 80, 120, 160])('of %i columns shows rows that fit', async (columns) => {
    const rows = rowsOf(await shown(entries, columns))
    expect(rows.join('')).toContain('TypeError: no title')
    expect(rows.join(' ')).toContain('postId=8841')
    expect(rows.filter((row) => textWidth(row) > columns)).toEqual([])
  })

  test('is asked for its width at each entry', async () => {
    const source = `
      import { execFileSync } from 'node:child_process'
      import { defineLogs } from 'spoor'
      const log = defineLogs({ loggers: { app: {} } }).get('app')
      const message = 'word '.repeat(16).trim()
      log.info(message)
      const alive = setTimeout(() => {}, 20_000)
      process.stdout.once('resize', () => {
        log.info(message)
        clearTimeout(alive)
      })
      execFileSync('stty', ['cols', '60'], { stdio: 'inherit' })
    `
    const rows = rowsOf(await shown(source, 120))
    expect(rows).toHaveLength(3)
    expect(rows[0]).toContain('word '.repeat(16).trim())
  })

  test('shows the rows without colours if NO_COLOR is not empty, and with them if it is', async () => {
    expect(await shown(entries, 80, { NO_COLOR: '1' })).not.toContain('\u001b')
    expect(await shown(entries, 80, { NO_COLOR: '' })).toContain('\u001b[')
  })

  test('of standard error alone does not make standard output pretty', async () => {
    const plain = await shown(entries, 80, {}, '| cat')
    expect(plain).toMatch(/^\[\d{4}-.*\] \[INFO\] \[app\]/)
    expect(plain).not.toContain('\u001b')
  })

  test('shows a failure as one red entry with its stack, and the row of the request without it', async () => {
    const source = service('', `throw new Error('the database is away', { cause: new Error('no route') })`)
    const output = await shown(source, 120)
    const rows = rowsOf(output)
    const entries = rows.filter((row) => /^\d\d:/.test(row))
    expect(entries).toHaveLength(2)
    expect(entries[0]).toMatch(/ ERROR root +GET \/orders\/7 failed: 500 internal_error +…[\da-f]{8}$/)
    expect(entries[1]).toMatch(/^[\d:.]+ {7,}GET \/orders\/7 500 [\d.]+ ms +…[\da-f]{8}$/)
    expect(rows.filter((row) => row.includes('the database is away'))).toHaveLength(1)
    expect(rows.filter((row) => row.includes('cause: Error: no route'))).toHaveLength(1)
    const requestRow = output.split('\n').at(-2) as string
    expect(requestRow).not.toMatch(/\u001b\[(?:[\d;]*;)?(?:31|91|41)m/)
  })

  const hidden: [string, string, Record<string, string>][] = [
    ['root is silent', `root: { level: 'silent' }`, {}],
    ['root is not on the console', `root: { console: false }`, {}],
    ['errors.level is below that of root', '', { ERROR_LEVEL: 'debug' }],
  ]
  test.each(hidden)('shows a failure in the row of the request if %s', async (_, options, env) => {
    const rows = rowsOf(await shown(service(options, `throw new Error('the database is away')`), 120, env))
    expect(rows[0]).toMatch(/ ERROR +GET \/orders\/7 500 [\d.]+ ms +…[\da-f]{8}$/)
    expect(rows[1]).toBe('    Error: the database is away')
    expect(rows[2]).toMatch(/^ {4}│ {2}at /)
  })

  test('marks a request that took a second', async () => {
    const wait = `await new Promise((done) => setTimeout(done, 1100)); res.end('late')`
    const rows = rowsOf(await shown(service('', wait), 80))
    expect(rows).toEqual([expect.stringMatching(/^[\d:.]+ SLOW {2}GET \/orders\/7 200 1\.\d+ s +…[\da-f]{8}$/)])
  })
})

describe('without a terminal', () => {
  const source = `
    import { defineLogs } from 'spoor'
    defineLogs({ loggers: { app: { console: 'pretty' } } }).get('app').info({ n: 1 }, 'word '.repeat(60) + 'end')
  `
  const output = async (env: Record<string, string>) =>
    (await runProgram(source, { env: { NO_COLOR: undefined, FORCE_COLOR: undefined, ...env } })).stdout

  test('pretty has no colours, and one row however long it is', async () => {
    expect(await output({})).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}app {2}(?:word ){60}end {2}n=1\n$/)
  })

  test.each([
    [{ FORCE_COLOR: '1' }, true],
    [{ FORCE_COLOR: '3', NO_COLOR: '1', TERM: 'dumb' }, true],
    [{ FORCE_COLOR: '' }, true],
    [{ FORCE_COLOR: '0' }, false],
  ])('with %j it has colours: %s', async (env, isColoured) => {
    expect((await output(env)).includes('\u001b[')).toBe(isColoured)
  })
})
