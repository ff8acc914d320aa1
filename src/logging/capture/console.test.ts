import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/programs/folder.js'
import { type Outcome, runProgram } from '../../../test/programs/program.js'

const head = `
  import { captureConsole, createSpoor, defineLogs } from 'spoor'
  const logs = defineLogs({ directory: 'logs', loggers: { all: { level: 'trace', console: 'json' }, info: { console: 'json' } } })
  const log = logs.get('all')
`

interface Line {
  readonly level: string
  readonly logger: string
  readonly message: string
  readonly requestId?: string
  readonly account?: string
  readonly stack?: string
  readonly error?: { readonly type: string; readonly message: string; readonly stack: string }
}

/** Runs a program with loggers on a JSON console. */
function run(source: string): Promise<Outcome> {
  return runProgram(head + source, { cwd: temporaryFolder() })
}

/** The entries on standard output; a line that is not JSON stays a text. */
async function linesOf(source: string): Promise<(Line | string)[]> {
  const { stdout, stderr, code } = await run(source)
  expect([stderr, code]).toEqual(['', 0])
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => (line.startsWith('{"time"') ? JSON.parse(line) : line))
}

async function entriesOf(source: string): Promise<Line[]> {
  const lines = await linesOf(source)
  expect(lines.filter((line) => typeof line === 'string')).toEqual([])
  return lines as Line[]
}

describe('captureConsole', () => {
  test('takes each method of the console into the logger, at its level', async () => {
    const lines = await entriesOf(`
      captureConsole(log)
      console.log('log'); console.info('info'); console.debug('debug'); console.warn('warn'); console.error('error')
      console.trace('trace'); console.dir({ dir: 1 }, { depth: 0 }); console.dirxml('dirxml'); console.table([{ a: 1 }], ['a'])
      console.assert(false, 'not %s', 'so'); console.assert(true, 'never'); console.group('group'); console.groupEnd()
      console.count('calls'); console.time('timer'); console.timeLog('timer', 'half'); console.timeEnd('timer')
    `)
    const seen = lines.map(({ level, message }) => [level, message.replace(/[\d.]+ms/, 'T')])
    expect(seen).toEqual([
      ['info', 'log'],
      ['info', 'info'],
      ['debug', 'debug'],
      ['warn', 'warn'],
      ['error', 'error'],
      ['trace', 'trace'],
      ['info', '{ dir: 1 }'],
      ['info', 'dirxml'],
      ['info', '[ { a: 1 } ]'],
      ['warn', 'Assertion failed: not so'],
      ['info', 'group'],
      ['info', 'calls: 1'],
      ['info', 'timer: T half'],
      ['info', 'timer: T'],
    ])
  })

  test('gives a line the id and the account of the request that wrote it', async () => {
    const lines = await entriesOf(`
      captureConsole(log)
      const spoor = createSpoor({ service: 'test', logs })
      await spoor.run({ requestId: 'r-1', account: 'acme' }, async () => { await 0; console.log('inside') })
      console.log('outside')
      await spoor.close()
    `)
    expect(lines).toMatchObject([
      { message: 'inside', requestId: 'r-1', account: 'acme' },
      { message: 'outside', logger: 'all' },
    ])
    expect(lines[1]).not.toHaveProperty('requestId')
  })

  test("takes Node's print of a warning at level warn, and leaves it alone where captureWarnings takes the warning", async () => {
    const source = (capture: string) => `
      import { captureWarnings } from 'spoor'
      captureConsole(log)
      ${capture}
      process.emitWarning('careful')
      await new Promise(setImmediate)
      console.error('an error')
    `
    const [warning, error] = await entriesOf(source(''))
    expect(warning).toMatchObject({ level: 'warn', message: expect.stringMatching(/^\(node:\d+\) Warning: careful/) })
    expect(error).toMatchObject({ level: 'error', message: 'an error' })
    const { stdout, stderr } = await run(source('captureWarnings(log)'))
    expect(stderr).toMatch(/^\(node:\d+\) Warning: careful\n/)
    const both = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(both).toMatchObject([
      { level: 'warn', message: 'careful' },
      { level: 'error', message: 'an error' },
    ])
  })

  test('formats values as util.format does, in one row', async () => {
    const calls = [
      `'%s is %d, %i, %f, %j, %%', 'a', 1.5, 1.5, 1.5, { b: 1 }, 'rest', { c: 1 }`,
      `'100%', 'of %s'`,
      `{ a: 1 }, 'x', [1, 2], undefined, null, true, 10n`,
      `'%o', { a: 1 }`,
      `'%c styled', 'color: red'`,
    ]
    const lines = await linesOf(`
      import { format } from 'node:util'
      const undo = captureConsole(log)
      ${calls.map((call) => `console.log(${call})`).join('\n')}
      undo()
      await logs.flush()
      ${calls.map((call) => `console.log(format(${call}))`).join('\n')}
    `)
    const expected = lines.slice(calls.length).map((line) => String(line).replace('10n', '10'))
    expect(lines.slice(0, calls.length).map((line) => (line as Line).message)).toEqual(expected)
  })

  test('writes a large object in one row', async () => {
    const [line] = await entriesOf(`
      captureConsole(log)
      console.log('rows', Array.from({ length: 30 }, (_, row) => ({ row, name: 'a long name of a row' })))
    `)
    expect(line?.message).toMatch(/^rows \[ \{ row: 0, .*\]$/)
  })

  test('puts the last error into the field error, with its stack', async () => {
    const lines = await entriesOf(`
      captureConsole(log)
      console.error('saving failed:', new TypeError('no title'))
      console.error(new TypeError('alone 100%s'))
      console.warn(new RangeError('first %s'), 'then text')
      console.log('%s and', new Error('one'), new Error('two'))
    `)
    expect(lines.map(({ message, error }) => [message, error?.type, error?.message])).toEqual([
      ['saving failed: TypeError: no title', 'TypeError', 'no title'],
      ['alone 100%s', 'TypeError', 'alone 100%s'],
      ['RangeError: first %s then text', 'RangeError', 'first %s'],
      ['Error: one and Error: two', 'Error', 'two'],
    ])
    for (const { error } of lines) expect(error?.stack).toMatch(/\n +at .*program-\d+\.mjs/)
  })

  test('gives a trace the stack of its caller', async () => {
    const [named, nameless] = await entriesOf(`
      captureConsole(log)
      function caller() { console.trace('here %d', 7); console.trace() }
      caller()
    `)
    expect(named).toMatchObject({ level: 'trace', message: 'here 7' })
    expect(named?.stack).toMatch(/^ +at caller \(/)
    expect(nameless).toMatchObject({ message: 'Trace' })
  })

  test('hides secrets by name and by shape, and those that the logger itself knows', async () => {
    const { stdout } = await run(`
      const own = defineLogs({ directory: 'own', redact: { keys: ['iban'] }, loggers: { a: { console: 'json' } } })
      captureConsole(own.get('a'))
      const secret = 'hunter2'
      console.log({ password: secret, deep: { deeper: { 'api-key': secret } }, iban: { number: secret } })
      console.log('login', { headers: { authorization: 'Bearer ' + secret } })
      console.log('password:', secret)
      console.log('%o %O %j', { token: secret }, [{ token: secret }], { token: secret })
      console.log('GET https://eve:' + secret + '@blog.example/')
      console.table([{ password: secret }])
      console.dir({ password: secret })
    `)
    expect(stdout.split('\n')).toHaveLength(8)
    expect(stdout).not.toContain('hunter2')
  })

  test('leaves colours out of a message, and escapes other control characters', async () => {
    const { stdout } = await run(String.raw`
      captureConsole(log)
      console.log('\u001b[1;31mred\u001b[0m and \u001b[38;5;12mblue\u001b[39m')
      console.log('\u001b[2Jcleared\nforged')
    `)
    const [coloured, cleared] = stdout.split('\n')
    expect(coloured).toContain('"message":"red and blue"')
    expect(cleared).toContain(String.raw`"message":"\u001b[2Jcleared\nforged"`)
  })

  test('drops lines below the level of the logger, and empty lines', async () => {
    const lines = await entriesOf(`
      captureConsole(logs.get('info'))
      console.debug('hidden'); console.trace('hidden'); console.log(); console.log(''); console.log('shown')
    `)
    expect(lines.map(({ message }) => message)).toEqual(['shown'])
  })

  test('never throws for values that throw when they are read', async () => {
    const lines = await linesOf(`
      captureConsole(log)
      const throwing = { get a() { throw new Error('no') }, toString() { throw new Error('no') } }
      console.log(throwing, new Proxy({}, { get() { throw new Error('no') }, ownKeys() { throw new Error('no') } }))
      console.log('%s %d %j %o', throwing, throwing, throwing, throwing)
      const circle = {}; circle.circle = circle
      console.log(circle, Symbol('s'), () => {}, new Map([['a', 1]]), new Date(0))
    `)
    expect(lines).toHaveLength(3)
    for (const line of lines) expect(line).toMatchObject({ level: 'info' })
  })

  test('bounds the time and the size of a line, for any values', async () => {
    const lines = await entriesOf(`
      captureConsole(log)
      const long = 'x'.repeat(5_000_000)
      console.log(long, long, { long }, Array(1_000_000).fill(1))
      console.log(...Array(10_000).fill('many'))
      console.log('\\u001b['.repeat(1_000_000))
      console.log('%s'.repeat(1_000_000), ...Array(1_000).fill('v'))
      console.log('\\u001b[' + '1;'.repeat(1_000_000))
    `)
    expect(lines).toHaveLength(5)
    for (const { message } of lines) expect(message.length).toBeLessThanOrEqual(65_536)
  })
})

describe('the undo function of captureConsole', () => {
  test('restores the methods of the console, and does nothing when it is called again', async () => {
    const lines = await linesOf(`
      const before = { ...console }
      const undo = captureConsole(log)
      undo(); undo()
      const later = captureConsole(log)
      undo()
      console.log('captured')
      later()
      await logs.flush()
      console.log(Object.keys(before).filter((name) => console[name] !== before[name]).length)
    `)
    expect(lines).toMatchObject([{ message: 'captured' }, '0'])
  })

  test('leaves the wrapper of another library in place, which then writes to the console again', async () => {
    const lines = await linesOf(`
      const undo = captureConsole(log)
      const { log: captured } = console
      console.log = (...values) => captured('wrapped', ...values)
      const wrapper = console.log
      console.log('one')
      undo()
      await logs.flush()
      console.log('two')
      console.log(console.log === wrapper)
    `)
    expect(lines).toMatchObject([{ message: 'wrapped one' }, 'wrapped two', 'wrapped true'])
  })

  test.each(['first(); second()', 'second(); first()'])('works in any order: %s', async (order) => {
    const [one, two] = order.split('; ')
    const lines = await linesOf(`
      const original = console.log
      const first = captureConsole(log)
      const second = captureConsole(logs.get('info'))
      console.log('both')
      ${one}
      console.log('one')
      ${two}
      await logs.flush()
      console.log(console.log === original)
    `)
    const left = one === 'first()' ? 'info' : 'all'
    expect(lines).toMatchObject([{ logger: 'info', message: 'both' }, { logger: left, message: 'one' }, 'true'])
  })
})

describe('a console that is captured', () => {
  test('does not loop if a handler writes to the console, at once or later', async () => {
    const { stdout, stderr, code } = await run(`
      let writes = 0
      const handler = {
        write(lines, count) {
          writes++
          console.log('handler: %d', count)
          setTimeout(() => console.error('later'), 1)
          Promise.resolve().then(() => console.warn('soon'))
        },
        flush: async () => console.log('flushed'),
        close: async () => console.log('closed'),
      }
      const own = defineLogs({ directory: 'own', loggers: { a: { console: false, handlers: [handler] } } })
      captureConsole(own.get('a'))
      console.log('from the service')
      own.get('a').info('logged')
      setTimeout(async () => {
        await own.close()
        process.stdout.write('writes: ' + writes + '\\n')
      }, 100)
    `)
    expect(code).toBe(0)
    expect(stdout.split('\n').sort()).toEqual(['', 'closed', 'flushed', 'handler: 2', 'writes: 1'])
    expect(stderr.split('\n').sort()).toEqual(['', 'later', 'soon'])
  })

  test('does not loop if a handler fails and reports its failure on the console', async () => {
    const { stdout, stderr, code } = await run(`
      const handler = {
        write() { console.error('it failed'); throw new Error('no') },
        flush: async () => {},
        close: async () => {},
      }
      const own = defineLogs({ directory: 'own', loggers: { a: { console: 'json', handlers: [handler] } } })
      captureConsole(own.get('a'))
      console.error('from the service')
      setTimeout(() => process.exit(0), 300)
    `)
    expect(code).toBe(0)
    expect(stdout.split('\n').filter((line) => line.includes('"message":"it failed"'))).toEqual([])
    expect(stdout.split('\n').filter((line) => line.includes('"message":"from the service"'))).toHaveLength(1)
    expect(new Set(stderr.trim().split('\n'))).toEqual(new Set(['it failed']))
  })

  test('does not loop if beforeLine or a serializer writes to the console', async () => {
    const { stdout, code } = await run(`
      const own = defineLogs({
        directory: 'own',
        beforeLine: (entry) => { console.log('seen ' + entry.message); return entry },
        loggers: { a: { console: 'json' } },
      })
      captureConsole(own.get('a'))
      console.log('captured')
      own.get('a').info('logged')
    `)
    expect(code).toBe(0)
    const lines = stdout.split('\n').slice(0, -1)
    expect(lines.map((line) => (line.startsWith('{') ? JSON.parse(line).message : line)).sort()).toEqual([
      'captured',
      'logged',
      'seen captured',
      'seen logged',
      'seen seen logged',
    ])
  })

  test('still shows a line if the logger throws, or writes to the console itself', async () => {
    const { stdout, code } = await run(`
      const throwing = { ...log, isLevelEnabled: () => true, info() { throw new Error('no') } }
      const undo = captureConsole(throwing)
      console.log('kept')
      undo()
      captureConsole({ ...throwing, info: (_, message) => console.log('mine: ' + message) })
      console.log('passed on')
    `)
    expect([stdout, code]).toEqual(['kept\nmine: passed on\n', 0])
  })

  test.each([
    ['undefined', 'undefined'],
    ['console', 'object'],
    ['logs', 'object'],
  ])('must have a logger, not %s', async (given, type) => {
    const lines = await linesOf(
      `try { captureConsole(${given}) } catch (error) { console.log(error.name, error.message) }`,
    )
    expect(lines).toEqual([
      `TypeError captureConsole: logger: expected a logger, got ${type}; pass logs.get(name) or logs.root`,
    ])
  })
})
