import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/programs/folder.js'
import { type RunOptions, runProgram } from '../../../test/programs/program.js'

const head = `
  import { once } from 'node:events'
  import { captureWarnings, createSpoor, defineLogs } from 'spoor'
  const logs = defineLogs({ directory: 'logs', loggers: { all: { console: 'json' }, other: { console: 'json' } } })
  const log = logs.get('all')
  // All warnings emitted so far, and their lines, are out after this.
  const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
`

async function run(source: string, options: RunOptions = {}) {
  const { stdout, stderr, code } = await runProgram(head + source, { cwd: temporaryFolder(), ...options })
  expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
  const lines = stdout.split('\n').slice(0, -1)
  return { entries: lines.map((line) => JSON.parse(line) as Record<string, unknown>), stderr }
}

describe('captureWarnings', () => {
  test("takes Node's warnings into the logger, with name, code, detail and stack", async () => {
    const { entries } = await run(`
      import { EventEmitter } from 'node:events'
      captureWarnings(log)
      process.emitWarning('old', { type: 'DeprecationWarning', code: 'APP001', detail: 'use another' })
      const emitter = new EventEmitter()
      for (let count = 0; count < 11; count++) emitter.on('event', () => {})
    `)
    expect(entries).toMatchObject([
      { level: 'warn', name: 'DeprecationWarning', code: 'APP001', detail: 'use another', message: 'old' },
      { level: 'warn', name: 'MaxListenersExceededWarning', message: expect.stringContaining('11 event listeners') },
    ])
    for (const { stack } of entries) expect(stack).toMatch(/\n +at .*program-\d+\.mjs/)
  })

  test('gives a warning the id and the account of the request that caused it', async () => {
    const { entries } = await run(`
      captureWarnings(log)
      const spoor = createSpoor({ service: 'test', logs })
      await spoor.run({ requestId: 'r-1', account: 'acme' }, async () => { await 0; process.emitWarning('inside') })
      process.emitWarning('outside')
      await settled()
      await spoor.close()
    `)
    expect(entries).toMatchObject([{ message: 'inside', requestId: 'r-1', account: 'acme' }, { message: 'outside' }])
    expect(entries[1]).not.toHaveProperty('requestId')
  })

  test('leaves the print of Node on standard error as it is', async () => {
    const source = `captureWarnings(log); process.emitWarning('seen')`
    const { entries, stderr } = await run(source)
    expect(stderr).toMatch(/^\(node:\d+\) Warning: seen\n/)
    expect(entries).toHaveLength(1)
    const quiet = await run(source, { env: { NODE_NO_WARNINGS: '1' } })
    expect([quiet.stderr, quiet.entries.length]).toEqual(['', 1])
  })

  test('logs a warning once, if captureConsole takes the console, too', async () => {
    for (const calls of ['captureWarnings(log); captureConsole(log)', 'captureConsole(log); captureWarnings(log)']) {
      const { entries, stderr } = await run(`
        import { captureConsole } from 'spoor'
        ${calls}
        process.emitWarning('seen')
        process.on('warning', () => console.error('of a listener'))
        await settled()
      `)
      expect(entries).toMatchObject([
        { level: 'warn', message: 'seen' },
        { level: 'error', message: 'of a listener' },
      ])
      expect(stderr).toMatch(/^\(node:\d+\) Warning: seen\n/)
    }
  })

  test('hides secrets in a warning', async () => {
    const { entries } = await run(`
      captureWarnings(log)
      process.emitWarning('connected to postgres://eve:hunter2@db.example/', { detail: 'password=hunter2' })
    `)
    expect(entries).toHaveLength(1)
    expect(JSON.stringify(entries)).not.toContain('hunter2')
  })

  test('stops when it is undone, and then leaves no listener', async () => {
    const { entries } = await run(`
      const before = process.listenerCount('warning')
      const undo = captureWarnings(log)
      const undoOther = captureWarnings(logs.get('other'))
      process.emitWarning('newest')
      await settled()
      undoOther(); undoOther()
      process.emitWarning('older')
      await settled()
      undo()
      process.emitWarning('none')
      await settled()
      log.info('listeners: %d', process.listenerCount('warning') - before)
    `)
    expect(entries.map(({ logger, message }) => [logger, message])).toEqual([
      ['other', 'newest'],
      ['all', 'older'],
      ['all', 'listeners: 0'],
    ])
  })

  test('does not loop if a handler emits a warning for each line', async () => {
    const { entries, stderr } = await run(`
      let lines = 0
      const handler = {
        write() { lines++; process.emitWarning('from the handler') },
        flush: async () => {},
        close: async () => {},
      }
      const own = defineLogs({ directory: 'own', loggers: { a: { console: 'json', handlers: [handler] } } })
      captureWarnings(own.get('a'))
      process.emitWarning('from the service')
      for (let round = 0; round < 50; round++) await settled()
      await own.close()
      log.info('lines: %d', lines)
    `)
    expect(entries.map(({ message }) => message)).toEqual(['from the service', 'lines: 1'])
    expect(stderr).toContain('from the handler')
  })

  test('never ends the process, for a logger that throws and for warnings of any type', async () => {
    const source = `
      const undo = captureWarnings({ ...log, isLevelEnabled: () => true, warn() { throw new Error('no') } })
      process.emitWarning('lost')
      await settled()
      undo()
      captureWarnings(log)
      process.emit('warning', 'a text')
      process.emit('warning', Object.defineProperty(new Error('m'), 'code', { get() { throw new Error('no') } }))
    `
    // Node's own print throws for the last of them.
    const { entries } = await run(source, { env: { NODE_NO_WARNINGS: '1' } })
    expect(entries).toMatchObject([{ warning: 'a text' }])
  })
})
