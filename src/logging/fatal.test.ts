import { describe, expect, test } from 'vitest'
import { linesOf, temporaryFolder } from '../../test/programs/folder.js'
import { type Outcome, runProgram } from '../../test/programs/program.js'
import { parseLine } from './parser.js'

// Throws in a request's context, with a line of a domain still in its buffer.
const program = (end: string, start = `logFatal(logs)`) => `
  import { defineLogs } from 'spoor'
  import { logFatal } from 'spoor/logging/fatal.js'
  import { createContext } from 'spoor/context/request-context.js'
  import { runWith } from 'spoor/context/storage.js'
  const logs = defineLogs({ directory: process.env.LOGS, loggers: { a: { file: 'a.log' } }, root: { file: 'root.log' } })
  const listeners = () => process.listenerCount('uncaughtExceptionMonitor')
  ${start}
  runWith(createContext('request', { requestId: 'r-1', account: 'acme' }), () => {
    setImmediate(() => {
      logs.get('a').info('before');
      ${end}
    })
  })
`

async function run(
  end: string,
  start?: string,
): Promise<Outcome & { fatal: ReturnType<typeof parseLine>[]; before: number }> {
  const folder = temporaryFolder()
  const outcome = await runProgram(program(end, start), { env: { LOGS: folder } })
  return { ...outcome, fatal: linesOf(folder, 'root.log').map(parseLine), before: linesOf(folder, 'a.log').length }
}

const ends: [string, string, object][] = [
  ['an exception', 'throw new TypeError("broken")', { message: 'uncaught exception: broken', fields: { origin: 'uncaughtException', error: { type: 'TypeError', message: 'broken' } } }],
  ['a rejection', 'Promise.reject(new TypeError("broken"))', { message: 'unhandled rejection: broken', fields: { origin: 'unhandledRejection', error: { type: 'TypeError', message: 'broken' } } }],
  ['a rejection after an await', '(async () => { await null; throw new Error("later") })()', { message: 'unhandled rejection: later' }],
  ['a string', 'throw "token=abc"', { message: 'uncaught exception: token=[redacted]', fields: { error: { type: 'string', message: 'token=[redacted]' } } }],
  ['undefined', 'throw undefined', { fields: { error: { type: 'undefined', message: 'undefined' } } }],
  ['null', 'throw null', { fields: { error: { type: 'null', message: 'null' } } }],
] // biome-ignore format: a table

describe('an uncaught error', () => {
  test.each(ends)('leaves one fatal line with its context, after all earlier lines: %s', async (_, end, expected) => {
    const { fatal, before, stdout } = await run(end)
    expect(fatal).toMatchObject([{ level: 'fatal', logger: 'root', requestId: 'r-1', account: 'acme', ...expected }])
    expect(before).toBe(1)
    expect(stdout).toContain('[FATAL] [root]')
  })

  test.each(ends)('ends the process as without Spoor: %s', async (_, end) => {
    const [ours, plain] = await Promise.all([run(end), run(end, '')])
    expect(ours.code).toBe(plain.code)
    expect(ours.code).not.toBe(0)
    expect(withoutPaths(ours.stderr)).toBe(withoutPaths(plain.stderr))
    expect(plain.fatal).toEqual([])
  })

  test('still reaches listeners of the service', async () => {
    const listener = `process.on('uncaughtException', () => { logs.get('a').info('taken'); process.exitCode = 4 })`
    const { fatal, before, code, stderr } = await run('throw new Error("x")', `logFatal(logs); ${listener}`)
    expect([fatal.length, before, code, stderr]).toEqual([1, 2, 4, ''])
  })

  test('is flushed at once with all earlier lines, because a listener of the service may end the process', async () => {
    const listener = `process.on('uncaughtException', () => process.kill(process.pid, 'SIGKILL'))`
    const { fatal, before, signal } = await run('throw new Error("x")', `logFatal(logs); ${listener}`)
    expect([fatal.length, before, signal]).toEqual([1, 1, 'SIGKILL'])
  })

  test('is not logged if Node only warns about rejections', async () => {
    const folder = temporaryFolder()
    const env = { LOGS: folder, NODE_OPTIONS: '--unhandled-rejections=warn' }
    const { code } = await runProgram(program('Promise.reject(new Error("x"))'), { env })
    expect([code, linesOf(folder, 'root.log')]).toEqual([0, []])
  })

  test('is logged once for several instances, until the last one removes its listener', async () => {
    const once = 'const undo = [logFatal(logs), logFatal(logs)]; undo[0](); undo[0]()'
    expect((await run('throw new Error("x")', once)).fatal).toHaveLength(1)
    const none = `${once}; undo[1](); console.log('listeners', listeners())`
    const { fatal, stdout, code } = await run('throw new Error("x")', none)
    expect([fatal, code]).toEqual([[], 1])
    expect(stdout).toContain('listeners 0')
  })
})

function withoutPaths(text: string): string {
  return text
    .replaceAll(/(file:\/\/|node:)\S+|^\S*program-\d+\.mjs:\d+|folder-\S+/gm, '')
    .replaceAll(/program-\d+/g, '')
}
