import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { linesOf, temporaryFolder } from '../../test/programs/folder.js'
import { runProgram } from '../../test/programs/program.js'
import { createContext } from '../context/request-context.js'
import { runWith } from '../context/storage.js'
import { lineRecord } from '../reading/line-record.js'
import { recordMembers } from '../records/record-table.js'
import { baseOf } from './base-fields.js'
import { defineLogs } from './define-logs.js'
import type { Handler } from './handlers/handler.js'
import { parseLine } from './parser.js'

const memory = (): Handler & { lines: string[] } => {
  const lines: string[] = []
  return {
    lines,
    write: (bytes) => void lines.push(...bytes.toString().split('\n').slice(0, -1)),
    flush: async () => {},
    close: async () => {},
  }
}

const json = (line: string | undefined): Record<string, unknown> => JSON.parse(line as string)

describe('the options at the top', () => {
  test("are the defaults of every logger, of the root and of requests; a logger's own option replaces them", async () => {
    const directory = temporaryFolder()
    const logs = defineLogs({
      directory,
      level: 'DEBUG',
      format: 'json',
      console: false,
      flush: 'line',
      root: { file: 'root.log' },
      loggers: { a: { file: 'a.log' }, b: { file: 'b.log', level: 'Error', format: 'text' }, c: { level: undefined } },
    })
    const all = [logs.root, logs.get('a'), logs.get('b'), logs.get('c'), logs.get('requests')]
    expect(all.map(({ level }) => level)).toEqual(['debug', 'debug', 'error', 'debug', 'debug'])
    for (const logger of all) logger.debug({ n: 1 }, 'x')
    logs.get('b').error({ n: 2 }, 'x')
    // With flush: 'line' each line is in its file at once.
    expect(json(linesOf(directory, 'root.log')[0])).toMatchObject({ level: 'debug', logger: 'root', n: 1 })
    expect(json(linesOf(directory, 'a.log')[0])).toMatchObject({ level: 'debug', logger: 'a', n: 1 })
    expect(linesOf(directory, 'b.log')).toEqual([expect.stringMatching(/\[ERROR\] x \{"logger":"b","n":2\}$/)])
    await logs.close()
  })

  test('do not change the file and the format of requests, which is read as JSON; only its own options do', async () => {
    const [directory, other] = [temporaryFolder(), temporaryFolder()]
    const options = { format: 'verbose', console: false } as const
    const logs = defineLogs({ directory, ...options, loggers: {} })
    logs.get('requests').info({ kind: 'request' }, 'GET / 200')
    await logs.close()
    expect(json(linesOf(directory, 'requests.jsonl')[0])).toMatchObject({ kind: 'request', message: 'GET / 200' })
    const own = defineLogs({ directory: other, ...options, loggers: { requests: { format: 'text' } } })
    own.get('requests').info('GET / 200')
    await own.close()
    expect(linesOf(other, 'requests.jsonl')[0]).toMatch(/\[INFO\] GET \/ 200 /)
  })

  test('take a level in any case; an empty level means "not set"', () => {
    const options = { files: false, console: false } as const
    const logs = defineLogs({
      ...options,
      level: 'WARN',
      loggers: { a: { level: '' }, b: { level: 'Trace' } },
      root: { level: ' ' },
    })
    expect([logs.root, logs.get('a'), logs.get('b')].map(({ level }) => level)).toEqual(['warn', 'warn', 'trace'])
    expect(defineLogs({ ...options, level: '', loggers: {} }).root.level).toBe('info')
  })
})

describe('the root logger', () => {
  test('takes every option of a logger except propagate', async () => {
    const directory = temporaryFolder()
    const handler = memory()
    const logs = defineLogs({
      directory,
      console: false,
      root: {
        level: 'debug',
        file: 'root.log',
        format: 'json',
        flush: 'line',
        rotation: { maxBytes: 1, backups: 2 },
        handlers: [handler],
      },
      loggers: { a: { propagate: true } },
    })
    for (const n of [1, 2, 3, 4]) logs.root.debug({ n }, 'x')
    logs.get('a').info({ n: 5 }, 'x')
    const numbers = ['root.log', 'root.log.1', 'root.log.2', 'root.log.3'].map((file) =>
      linesOf(directory, file).map((line) => json(line)['n']),
    )
    expect(numbers).toEqual([[5], [4], [3], []])
    expect(handler.lines.map((line) => json(line)['n'])).toEqual([1, 2, 3, 4, 5])
    await logs.close()
    expect(() => defineLogs({ root: { propagate: true } as object, loggers: {} })).toThrow(
      'root.propagate: no such option; the root logger is the one to which others propagate',
    )
  })
})

describe('base', () => {
  test('gives every line its fields, in front of the fields of the entry, which replace those of the same name', async () => {
    const handler = memory()
    const a = { format: 'json', handlers: [handler] } as const
    const logs = defineLogs({
      files: false,
      console: false,
      base: { region: 'eu', shard: 7 },
      loggers: { a, requests: a },
      root: a,
    })
    const log = logs.get('a')
    log.info('x')
    log.info({ postId: 1 }, 'x')
    log.child({ shard: 8 }).info({ region: 'us' }, 'x')
    runWith(createContext('request', { account: 'acme' }), () => log.error(new Error('broken')))
    logs.root.info('x')
    logs.get('requests').info({ kind: 'request' }, 'x')
    await logs.flush()
    const shown = handler.lines.map((line) => line.replace(/^.*?"logger":/, '').replace(/"stack":"[^"]*"/, ''))
    expect(shown).toEqual([
      '"a","region":"eu","shard":7,"message":"x"}',
      '"a","region":"eu","shard":7,"postId":1,"message":"x"}',
      '"a","region":"us","shard":8,"message":"x"}',
      expect.stringMatching(/^"a","requestId":"[^"]*","account":"acme","region":"eu","shard":7,"error":\{/),
      '"root","region":"eu","shard":7,"message":"x"}',
      '"requests","region":"eu","shard":7,"kind":"request","message":"x"}',
    ])
  })

  test('is on the lines that Spoor writes itself', async () => {
    const source = `
      import { defineLogs } from 'spoor'
      const failing = { write() { throw new Error('full') }, flush: async () => {}, close: async () => {} }
      const logs = defineLogs({ files: false, base: { region: 'eu' }, console: 'json', loggers: { a: { handlers: [failing] } } })
      logs.get('a').info('x')
      await logs.flush()
    `
    const { stdout } = await runProgram(source)
    const lines = stdout.split('\n').slice(0, -1).map(json)
    expect(lines.length).toBeGreaterThan(1)
    expect(lines.map(({ region }) => region)).toEqual(lines.map(() => 'eu'))
  })

  test('has its secrets redacted, cannot replace members of Spoor, and may be null', async () => {
    const handler = memory()
    const a = { format: 'json', handlers: [handler] } as const
    const base = { token: 'hunter2', level: 'mine', at: new Date(0) }
    const logs = defineLogs({ files: false, console: false, base, loggers: { a } })
    logs.get('a').info('x')
    await logs.flush()
    expect(json(handler.lines[0])).toMatchObject({
      token: '[redacted]',
      level_: 'mine',
      at: '1970-01-01T00:00:00.000Z',
    })
    expect(() => defineLogs({ files: false, base: null, loggers: {} })).not.toThrow()
    expect(() => defineLogs({ base: ['eu'] as object, loggers: {} })).toThrow('base: expected an object of fields')
  })

  test('cannot be read as a member of a request', () => {
    const fields = { id: 'x', kind: 'job', startedAt: '2026-11-24T07:26:20.123Z', durationMs: 1 }
    const base = baseOf('requests', {
      name: 'shop',
      status: 7,
      status_: 8,
      service: 'shop',
      version: '1',
      pid: 'x',
      region: 'eu',
    })
    expect(base).toEqual({
      name_: 'shop',
      status__: 7,
      status_: 8,
      service: 'shop',
      version: '1',
      pid_: 'x',
      region: 'eu',
    })
    const line = JSON.stringify({
      time: fields.startedAt,
      level: 'info',
      logger: 'requests',
      ...base,
      ...fields,
      message: '',
    })
    const record = lineRecord(parseLine(line) as NonNullable<ReturnType<typeof parseLine>>)
    expect(record).toMatchObject({ service: 'shop', version: '1', pid: 0 })
    expect(record).not.toHaveProperty('name')
    expect(record).not.toHaveProperty('status')
    const all = Object.fromEntries(Object.keys(recordMembers).map((name) => [name, 1]))
    expect(Object.keys(baseOf('requests', all)).filter((name) => name in recordMembers)).toEqual([])
  })
})

describe('SPOOR_LEVEL and SPOOR_CONSOLE', () => {
  const levels = (options: string): string => `
    import { defineLogs } from 'spoor'
    const logs = defineLogs({ directory: process.env.LOGS, ${options} })
    process.stdout.write([logs.root, logs.get('a'), logs.get('requests')].map((logger) => logger.level).join() + '\\n')
  `
  const run = async (source: string, env: Record<string, string>): Promise<string[]> => {
    const { stdout, stderr, code } = await runProgram(source, { env: { LOGS: temporaryFolder(), ...env } })
    expect([code, stderr]).toEqual([0, ''])
    return stdout.split('\n').slice(0, -1)
  }

  test.each([
    ['debug', 'loggers: { a: {} }', 'debug,debug,debug'],
    ['Debug', 'loggers: { a: {} }', 'debug,debug,debug'],
    [' WARN ', 'loggers: { a: {} }', 'warn,warn,warn'],
    ['', 'loggers: { a: {} }', 'info,info,info'],
    ['debug', "loggers: { a: { level: 'error' } }", 'debug,error,debug'],
    ['debug', "level: 'warn', loggers: { a: {} }", 'warn,warn,warn'],
    ['debug', "level: '', loggers: { a: { level: '' } }", 'debug,debug,debug'],
  ])(
    'SPOOR_LEVEL=%j is the default of the level, and options in the code replace it: %s',
    async (level, options, expected) => {
      expect(await run(levels(options), { SPOOR_LEVEL: level })).toEqual([expected])
    },
  )

  const entries = (options: string): string => `
    import { defineLogs } from 'spoor'
    const logs = defineLogs({ directory: process.env.LOGS, ${options} })
    logs.get('a').info('from a')
    logs.root.info('from root')
  `

  test.each([
    ['json', 'loggers: { a: {} }', [/^\{.*"message":"from a"\}$/, /^\{.*"message":"from root"\}$/]],
    ['JSON', "loggers: { a: { console: 'verbose' } }", [/^\[.* from a \{/, /^\{.*"message":"from root"\}$/]],
    ['json', "console: 'verbose', loggers: { a: {} }", [/^\[.* from a \{/, /^\[.* from root \{/]],
    ['off', 'loggers: { a: {} }', []],
    ['0', 'loggers: { a: { console: true } }', [/ from a \{/]],
    ['on', 'loggers: { a: {} }', [/ from a \{/, / from root \{/]],
    ['', 'loggers: { a: {} }', [/ from a \{/, / from root \{/]],
  ])(
    'SPOOR_CONSOLE=%j is the default of the console, and options in the code replace it: %s',
    async (value, options, expected) => {
      const lines = await run(entries(options), { SPOOR_CONSOLE: value })
      expect(lines).toEqual(expected.map((line) => expect.stringMatching(line)))
    },
  )

  test('report an invalid value once per process, by name, and use the default', async () => {
    const options = 'loggers: { a: {} }'
    const source = `${entries(options)}\n{ ${entries(options).replace(/import .*/, '')} }`
    const env = { SPOOR_LEVEL: 'ba\u001bnana', SPOOR_CONSOLE: 'tv', SPOOR_FILES: 'maybe' }
    const lines = await run(source, env)
    const about = lines.filter((line) => line.includes('SPOOR_'))
    expect(about).toEqual([
      expect.stringMatching(
        /\[WARN\] .*SPOOR_FILES: expected on or off, got "maybe"; files are written, as by default/,
      ),
      expect.stringMatching(/\[WARN\] .*SPOOR_LEVEL: expected one of trace, .*; the default is used/),
      expect.stringMatching(
        /\[WARN\] .*SPOOR_CONSOLE: expected one of pretty, verbose, json, gcp, ecs, datadog, on, off, got "tv"; the default is used/,
      ),
    ])
    expect(lines.join('')).not.toContain('\u001b')
    expect(lines).toHaveLength(about.length + 4)
  })

  test.each([
    ['the console is off', 'console: false, loggers: { a: {} }'],
    ['the root logger writes errors only', "root: { level: 'error' }, loggers: { a: {} }"],
  ])('report a value that makes no sense as a warning of the process, if %s', async (_, options) => {
    const source = `${entries(options)}\n{ ${entries(options).replace(/import .*/, '')} }`
    const env = { LOGS: temporaryFolder(), SPOOR_LEVEL: 'ba\u001bnana' }
    const { stderr, code } = await runProgram(source, { env })
    expect(code).toBe(0)
    expect(stderr.match(/\[SPOOR_ENVIRONMENT\] SpoorWarning: SPOOR_LEVEL: expected one of trace, /g)).toHaveLength(1)
    expect(stderr).not.toContain('\u001b')
  })

  test('name the level that a number means', async () => {
    const lines = await run(entries('loggers: { a: {} }'), { SPOOR_LEVEL: '20' })
    expect(lines[0]).toContain('"20"; write \'debug\', the name of level 20; the default is used')
  })
})

describe('a thousand loggers', () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `domain_${index}`)

  test('write a line each to their own file and to a shared file; no line is lost, and there is no warning', async () => {
    const directory = temporaryFolder()
    const source = `
      import { defineLogs } from 'spoor'
      const names = Array.from({ length: 1_000 }, (_, index) => 'domain_' + index)
      const loggers = Object.fromEntries(names.map((name) => [name, { file: name + '.log', propagate: true }]))
      const logs = defineLogs({ directory: process.env.LOGS, console: false, root: { file: 'all.log' }, loggers })
      for (const name of names) logs.get(name).child({ name }).info({ n: 1 }, 'hello')
    `
    const { code, stdout, stderr } = await runProgram(source, { env: { LOGS: directory } })
    expect([code, stdout, stderr]).toEqual([0, '', ''])
    expect(names.filter((name) => linesOf(join(directory, `${name}.log`)).length !== 1)).toEqual([])
    expect(linesOf(directory, 'all.log')).toHaveLength(1_000)
  })

  test('are not all named in the message about an unknown name', () => {
    const loggers = Object.fromEntries(names.map((name) => [name, {}]))
    const logs = defineLogs({ files: false, console: false, loggers })
    const call = (): unknown => logs.get('domain_1o')
    expect(call).toThrow(/domain_19, and 981 more, got "domain_1o"; did you mean domain_1/)
  })

  test('report each mistake', () => {
    const loggers = Object.fromEntries(
      names.map((name) => [name, { file: 'all.log', flush: name.endsWith('7') ? 'turn' : 'soon' }]),
    )
    try {
      defineLogs({ files: false, loggers } as never)
      expect.unreachable()
    } catch (error) {
      expect((error as { problems: string[] }).problems).toHaveLength(100)
    }
  })
})
