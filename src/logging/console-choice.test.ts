import { describe, expect, test } from 'vitest'
import { linesOf, temporaryFolder } from '../../test/programs/folder.js'
import { runProgram } from '../../test/programs/program.js'

// Every program below logs the same three entries.
const program = (options: string) => `
  import { defineLogs } from 'spoor'
  const logs = defineLogs({ directory: process.env.LOGS, loggers: { a: { file: 'a.log', ${options} } } })
  logs.get('a').info({ n: 1 }, 'from a')
  logs.root.info({ n: 2 }, 'from root')
  logs.get('requests').info({ kind: 'request' }, 'GET / 200')
`
const terminal = `Object.defineProperty(process.stdout, 'isTTY', { value: true })\n`

async function consoleOf(source: string, env: Record<string, string> = {}): Promise<string[]> {
  const { stdout, stderr, code } = await runProgram(source, {
    env: { LOGS: temporaryFolder(), NO_COLOR: '', FORCE_COLOR: undefined, ...env },
  })
  expect([code, stderr]).toEqual([0, ''])
  return stdout.split('\n').slice(0, -1)
}

function withoutColours(line: string): string {
  return line.replaceAll(/\u001b\[[\d;]*m/g, '')
}

const time = String.raw`\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\]`

describe('the console', () => {
  test('shows verbose lines if stdout is not a terminal, but no request lines', async () => {
    const lines = await consoleOf(program(''))
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(new RegExp(`^${time} \\[INFO\\] \\[a\\] \\[\\d+\\] \\[-\\] from a {"logger":"a","n":1}$`))
    expect(lines[1]).toMatch(
      new RegExp(`^${time} \\[INFO\\] \\[root\\] \\[\\d+\\] \\[-\\] from root {"logger":"root","n":2}$`),
    )
  })

  test('shows pretty rows in colour on a terminal, those of requests without their fields', async () => {
    const lines = await consoleOf(terminal + program(''), { TERM: 'xterm' })
    expect(lines).toHaveLength(3)
    expect(lines[0]).toContain('\u001b[32mINFO \u001b[0m')
    expect(lines.map(withoutColours)).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}a {2}from a {2}n=1$/),
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}root {2}from root {2}n=2$/),
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} {7}GET \/ 200$/),
    ])
  })

  test('shows coloured verbose lines on a terminal with that option', async () => {
    const lines = await consoleOf(terminal + program(`console: 'verbose'`), { TERM: 'xterm' })
    expect(lines[0]).toContain('\u001b[32m[INFO]\u001b[0m')
  })

  test.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('shows no colour if the environment has %j', async (env) => {
    const lines = await consoleOf(terminal + program(''), env)
    expect(lines.join('')).not.toContain('\u001b')
  })

  test.each([
    ['verbose', /^\[.*\] \[INFO\] \[a\]/],
    ['pretty', /^\d\d:\d\d:\d\d\.\d{3} INFO {2}a {2}from a {2}n=1$/],
    ['json', /^\{"time":.*"message":"from a"\}$/],
  ])('shows %s with that option of the logger', async (format, line) => {
    expect((await consoleOf(program(`console: '${format}'`)))[0]).toMatch(line)
  })

  test.each([
    ['gcp', /^\{"time":"[^"]+","severity":"INFO",/],
    ['ecs', /^\{"@timestamp":"[^"]+","log\.level":"info","message":"from a",/],
    ['datadog', /^\{"timestamp":"[^"]+","status":"info","logger":\{"name":"a"\},/],
  ])('shows lines for a log service with the option console: %s', async (format, line) => {
    expect((await consoleOf(program(`console: '${format}'`)))[0]).toMatch(line)
  })

  test.each([
    ['gcp', '"severity":"INFO"'],
    ['ecs', '"log.level":"info"'],
    ['datadog', '"status":"info"'],
  ])(
    'gets all lines in the format %s of the loggers if SPOOR_FILES is off, request lines included',
    async (format, level) => {
      const lines = await consoleOf(program(`format: '${format}'`), { SPOOR_FILES: 'off' })
      expect(lines).toHaveLength(3)
      for (const line of lines) expect(line).toContain(level)
    },
  )

  test('gets the lines of root and requests as JSON if loggers name different log services', async () => {
    const lines = await consoleOf(program(`format: 'gcp' }, b: { format: 'ecs'`), { SPOOR_FILES: 'off' })
    expect(lines.map((line) => 'level' in JSON.parse(line))).toEqual([false, true, true])
  })

  test('shows nothing of a logger with console: false', async () => {
    expect(await consoleOf(program('console: false'))).toEqual([expect.stringContaining('from root')])
  })

  test('gets all lines as JSON, request lines included, if SPOOR_FILES is off', async () => {
    const lines = await consoleOf(program(''), { SPOOR_FILES: 'off' })
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(['from a', 'from root', 'GET / 200'])
  })

  test.each(['OFF', 'false', '0', 'No'])('gets all lines if SPOOR_FILES is %s', async (said) => {
    expect(await consoleOf(program(''), { SPOOR_FILES: said })).toHaveLength(3)
  })

  test.each(['', 'on', 'TRUE', '1'])('does not get all lines if SPOOR_FILES is %j', async (said) => {
    expect(await consoleOf(program(''), { SPOOR_FILES: said })).toHaveLength(2)
  })

  test('is as by default if SPOOR_FILES is neither on nor off, with one warning', async () => {
    const twice = `${program('')}\ndefineLogs({ loggers: {} })`
    const lines = await consoleOf(twice, { SPOOR_FILES: 'banana' })
    expect(lines).toHaveLength(3)
    expect(lines[0]).toContain('[WARN] [root]')
    expect(lines[0]).toContain('SPOOR_FILES: expected on or off, got "banana"; files are written, as by default')
  })

  test('shows the request line with the option console of the logger', async () => {
    const options = `}, requests: { console: true`
    expect((await consoleOf(program(options)))[2]).toMatch(/^\[.*\] \[INFO\] \[requests\] .* GET \/ 200 \{.*"kind"/)
    const json = await consoleOf(program(options), { SPOOR_FILES: 'off' })
    expect(JSON.parse(json[2] as string)).toMatchObject({ logger: 'requests' })
  })

  test('stays pretty on a terminal if SPOOR_FILES is off', async () => {
    const lines = await consoleOf(terminal + program(''), { SPOOR_FILES: 'off', NO_COLOR: '1' })
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}a {2}from a {2}n=1$/)
    expect(lines).toHaveLength(3)
  })

  test('shows an entry of a propagating logger once', async () => {
    expect(await consoleOf(program('propagate: true'))).toHaveLength(2)
  })
})

describe('at exit', () => {
  const ends: [string, string, number][] = [
    ['the end of work', '', 0],
    ['process.exit', 'process.exit(3)', 3],
    ['an exception', 'throw new Error("x")', 1],
    ['a rejection', 'Promise.reject(new Error("x"))', 1],
    [
      'lines of a later exit listener',
      `process.on('exit', () => { for (let i = 100; i < 110; i++) logs.get('a').info({ i }, 'x') })`,
      0,
    ],
  ]

  test.each(ends)('no line is lost by %s', async (_, end, code) => {
    const folder = temporaryFolder()
    const outcome = await runProgram(
      `
      import { defineLogs } from 'spoor'
      const logs = defineLogs({ directory: process.env.LOGS, loggers: { a: { file: 'a.log' } } })
      for (let i = 0; i < 100; i++) logs.get('a').info({ i }, 'x')
      ${end}
    `,
      { env: { LOGS: folder } },
    )
    const all = end.includes('110') ? 110 : 100
    expect(outcome.code).toBe(code)
    expect(linesOf(folder, 'a.log')).toHaveLength(all)
    expect(outcome.stdout.split('\n').filter((line) => line.includes('[a]'))).toHaveLength(all)
  })

  test('the first line of a process may come from an exit listener', async () => {
    const folder = temporaryFolder()
    await runProgram(
      `
      import { defineLogs } from 'spoor'
      const logs = defineLogs({ directory: process.env.LOGS, loggers: { a: { file: 'a.log' } } })
      process.on('exit', () => logs.get('a').info('the end'))
    `,
      { env: { LOGS: folder } },
    )
    expect(linesOf(folder, 'a.log')).toHaveLength(1)
  })

  test('one listener serves all instances, and the last close removes it', async () => {
    const { stdout, stderr } = await runProgram(
      `
      import { defineLogs } from 'spoor'
      void process.stdout.writable // has a listener of its own
      const before = process.listenerCount('exit')
      const many = Array.from({ length: 20 }, () => defineLogs({ directory: process.env.LOGS, loggers: { a: { file: 'a.log' } } }))
      for (const logs of many) logs.get('a').info('x')
      const during = process.listenerCount('exit') - before
      await many[0].close()
      const afterOne = process.listenerCount('exit') - before
      for (const logs of many) await logs.close()
      for (const logs of many) await logs.close()
      console.log(JSON.stringify([during, afterOne, process.listenerCount('exit') - before]))
    `,
      { env: { LOGS: temporaryFolder() } },
    )
    expect(stderr).toBe('')
    expect(stdout.split('\n').at(-2)).toBe('[1,1,0]')
  })

  test('lines logged after close go to the console', async () => {
    const folder = temporaryFolder()
    const { stdout } = await runProgram(
      `
      import { defineLogs } from 'spoor'
      const logs = defineLogs({ directory: process.env.LOGS, loggers: { a: { file: 'a.log', console: false }, b: { file: 'b.log' } } })
      logs.get('a').info('before')
      await logs.close()
      logs.get('a').info('after')
      logs.get('b').info('once')
    `,
      { env: { LOGS: folder } },
    )
    expect(linesOf(folder, 'a.log')).toHaveLength(1)
    expect(stdout).toContain('] after {"logger":"a"}')
    expect(stdout).not.toContain('before')
    expect(stdout.match(/\] once \{/g)).toHaveLength(1)
  })
})
