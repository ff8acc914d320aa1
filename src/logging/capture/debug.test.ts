import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/programs/folder.js'
import { runProgram } from '../../../test/programs/program.js'

// express 4 comes with version 2 of the package.
const head = `
  import { createRequire } from 'node:module'
  import { captureDebug, createSpoor, defineLogs } from 'spoor'
  const require = createRequire(import.meta.url)
  const debug = process.env.OLD ? createRequire(require.resolve('express4'))('debug') : require('debug')
  debug.enable('app:*')
  const logs = defineLogs({ directory: 'logs', loggers: { all: { level: 'trace', console: 'json' }, info: { console: 'json' } } })
  const log = logs.get('all')
  const app = debug('app:orders')
`

interface Ran {
  readonly entries: Record<string, unknown>[]
  readonly stdout: string
  readonly stderr: string
}

describe.each([
  ['4', ''],
  ['2', '1'],
])('captureDebug with version %s of debug', (_, old) => {
  async function run(source: string, env: Record<string, string> = {}): Promise<Ran> {
    const outcome = await runProgram(head + source, { cwd: temporaryFolder(), env: { OLD: old, ...env } })
    const { stdout, stderr, code } = outcome
    expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
    const lines = stdout.split('\n').filter((line) => line.startsWith('{"time"'))
    return { entries: lines.map((line) => JSON.parse(line)), stdout, stderr }
  }

  test.each(['0', '1'])('takes the text without namespace, time and colours (DEBUG_COLORS=%s)', async (colours) => {
    const { entries, stderr } = await run(
      `
      captureDebug(debug, log)
      app('paid %s: %d%%', 'order', 7)
      app('%o and %O', { a: 1 }, [2], 'rest')
      app({ b: 2 })
      debug('app:other')('two\\nlines')
      debug('never')('hidden')
    `,
      { DEBUG_COLORS: colours },
    )
    expect(entries.map(({ level, namespace, message }) => [level, namespace, message])).toEqual([
      ['debug', 'app:orders', 'paid order: 7%'],
      ['debug', 'app:orders', '{ a: 1 } and [ 2 ] rest'],
      ['debug', 'app:orders', '{ b: 2 }'],
      ['debug', 'app:other', 'two\nlines'],
    ])
    expect(stderr).toBe('')
  })

  test('gives a line the id and the account of its request, and an error its stack', async () => {
    const { entries } = await run(`
      captureDebug(debug, log)
      const spoor = createSpoor({ service: 'test', logs })
      await spoor.run({ requestId: 'r-1', account: 'acme' }, async () => { await 0; app('failed', new TypeError('no title')) })
      await spoor.close()
    `)
    expect(entries).toMatchObject([
      {
        requestId: 'r-1',
        account: 'acme',
        message: 'failed TypeError: no title',
        error: { type: 'TypeError', message: 'no title', stack: expect.stringContaining('program-') },
      },
    ])
  })

  test('hides secrets by name and by shape', async () => {
    const { entries } = await run(`
      captureDebug(debug, log)
      app('%o', { password: 'hunter2' })
      app('%O', { deep: { token: 'hunter2' } })
      app({ password: 'hunter2' })
      app('sent', { headers: { authorization: 'Bearer hunter2' } })
      app('postgres://eve:hunter2@db.example/')
    `)
    expect(entries).toHaveLength(5)
    expect(JSON.stringify(entries)).not.toContain('hunter2')
  })

  test('writes at the level of the option, if the logger has that level', async () => {
    const { entries } = await run(`
      const undo = captureDebug(debug, logs.get('info'))
      app('too low')
      undo()
      captureDebug(debug, logs.get('info'), { level: 'info' })
      app('shown')
      captureDebug(debug, logs.get('info'), { level: 'WARN' })
      app('shown again')
      captureDebug(debug, log, { level: '' })
      app('default')
    `)
    expect(entries.map(({ level, message }) => [level, message])).toEqual([
      ['info', 'shown'],
      ['warn', 'shown again'],
      ['debug', 'default'],
    ])
  })

  test('leaves a namespace with its own log alone', async () => {
    const { entries, stdout } = await run(
      `
      captureDebug(debug, log)
      const own = debug('app:own')
      own.log = (...values) => process.stdout.write(values.join(' ') + '\\n')
      own('kept %o', 1)
      app('captured')
    `,
      { DEBUG_COLORS: '0' },
    )
    expect(stdout).toMatch(/app:own kept (1|%o)/)
    expect(entries.map(({ message }) => message)).toEqual(['captured'])
  })

  test('leaves lines whole if the service sets debug.log later', async () => {
    const { entries, stdout } = await run(
      `
      const undo = captureDebug(debug, log)
      debug.log = (...values) => process.stdout.write(values.join(' ') + '\\n')
      app('theirs')
      undo()
      app('still theirs')
    `,
      { DEBUG_COLORS: '0' },
    )
    expect(stdout).toMatch(/app:orders theirs\n.*app:orders still theirs\n/)
    expect(entries).toEqual([])
  })

  test('restores the package when it is undone, and older captures before', async () => {
    const { entries, stderr } = await run(`
      const before = { log: debug.log, formatArgs: debug.formatArgs, o: debug.formatters.o, O: debug.formatters.O }
      const undo = captureDebug(debug, log)
      const undoNewer = captureDebug(debug, logs.get('info'), { level: 'warn' })
      app('newer')
      undoNewer(); undoNewer()
      app('older')
      undo()
      app('on standard error')
      const after = { log: debug.log, formatArgs: debug.formatArgs, o: debug.formatters.o, O: debug.formatters.O }
      log.info('changed: %d', Object.keys(before).filter((name) => before[name] !== after[name]).length)
    `)
    expect(entries.map(({ logger, message }) => [logger, message])).toEqual([
      ['info', 'newer'],
      ['all', 'older'],
      ['all', 'changed: 0'],
    ])
    expect(stderr).toContain('app:orders on standard error')
  })

  test('does not loop if a handler writes debug lines', async () => {
    const { entries, stderr } = await run(`
      let writes = 0
      const handler = {
        write() { writes++; app('from the handler'); setImmediate(() => app('later')) },
        flush: async () => {},
        close: async () => {},
      }
      const own = defineLogs({ directory: 'own', loggers: { a: { level: 'debug', console: 'json', handlers: [handler] } } })
      captureDebug(debug, own.get('a'))
      app('from the service')
      for (let round = 0; round < 100; round++) await new Promise((resolve) => setImmediate(resolve))
      log.info('writes: %d', writes)
    `)
    expect(entries.map(({ message }) => message)).toEqual(['from the service', 'writes: 1'])
    expect(stderr).toMatch(/app:orders from the handler[\s\S]*app:orders later/)
  })

  test.each([
    ["debug('a'), log", "debug: expected the package debug, got function; pass what import debug from 'debug' gives"],
    ['undefined, log', "debug: expected the package debug, got undefined; pass what import debug from 'debug' gives"],
    ['debug, 7', 'logger: expected a logger, got number; pass logs.get(name) or logs.root'],
    ["debug, log, 'info'", "options: expected an object, got string; as in { level: 'info' }"],
    ["debug, log, { level: 'warning' }", 'got "warning"; did you mean warn?'],
    ["debug, log, { level: 'silent' }", 'got "silent"; undo the capture to silence it'],
  ])('rejects (%s)', async (given, message) => {
    const { stdout } = await run(
      `try { captureDebug(${given}) } catch (error) { console.log(error.name, error.message) }`,
    )
    expect(stdout).toContain('TypeError captureDebug: ')
    expect(stdout).toContain(message)
  })
})
