import { type ChildProcess, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { mayMount } from '../../../test/faults/disk.js'
import { linesOf, temporaryFolder } from '../../../test/programs/folder.js'
import { outcomeOf, runPiped, startProgram } from '../../../test/programs/program.js'

// Logs `count` lines of 1 KB, ten a turn of the event loop, and knows for how long it kept that from turning.
const logging = (count: number, rest = '') => `
  import { writeSync } from 'node:fs'
  import { setImmediate as turn } from 'node:timers/promises'
  import { defineLogs } from 'spoor'
  const logs = defineLogs({ directory: process.env.LOGS, loggers: { a: { file: 'a.log' } } })
  let blockedMs = 0
  const log = async () => {
    for (let n = 0; n < ${count}; ) {
      const start = performance.now()
      for (let i = 0; i < 10 && n < ${count}; i++, n++) logs.get('a').info({ n, text: 'x'.repeat(900) }, 'line')
      await turn()
      blockedMs = Math.max(blockedMs, performance.now() - start)
    }
  }
  const say = (what) => writeSync(2, JSON.stringify(what) + '\\n')
  ${rest}
`
const numbers = (text: string) => [...text.matchAll(/"n":(\d+)/g)].map((found) => Number(found[1]))
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

/** Waits until the program says something on standard error. */
async function said(child: ChildProcess): Promise<Record<string, number>> {
  const [line] = await once(child.stderr as NodeJS.ReadableStream, 'data')
  return JSON.parse(String(line))
}

describe('a reader that sleeps', () => {
  test('does not block the service, and gets every line when it wakes', async () => {
    const end = 'await log(); say({ blockedMs }); await logs.flush()'
    const child = startProgram(logging(300, end), { env: { LOGS: temporaryFolder() } })
    const { blockedMs } = await said(child)
    const { stdout, code } = await outcomeOf(child)
    expect(numbers(stdout)).toEqual(upTo(300))
    expect(code).toBe(0)
    // Untouched, one write blocks until the reader wakes; here that would be for ever. Nobody waits 5 s for a core.
    expect(blockedMs).toBeLessThan(5_000)
  })

  test('gets the first 1 MB, and a notice in place of the missing lines', async () => {
    const end = `await log(); say(logs.health()[0]); await logs.flush(); logs.get('a').info({ n: 3000 }, 'line'); await logs.flush()`
    const child = startProgram(logging(3_000, end), { env: { LOGS: temporaryFolder() } })
    const { lostLines, keptLines } = await said(child)
    const { stdout } = await outcomeOf(child)
    const lines = stdout.split('\n').slice(0, -1)
    const notice = lines.findIndex((line) => line.includes('missing here'))
    const before = numbers(lines.slice(0, notice).join('\n'))
    expect(lostLines).toBeGreaterThan(1_000)
    expect(lines[notice]).toMatch(
      new RegExp(`\\[WARN\\] \\[root\\] .*\\] ${lostLines} lines are missing here, from .*Z to .*Z`),
    )
    expect(before).toEqual(upTo(before.length))
    expect(numbers(stdout).at(-1)).toBe(3_000)
    expect(before.length + (lostLines as number) + numbers(lines.slice(notice).join('\n')).length).toBe(3_001)
    expect(keptLines).toBeGreaterThan(900)
  })

  test('delays the exit of the process by at most 1 s', async () => {
    const child = startProgram(logging(300, `await log(); say({ at: 1 }); process.exit(7)`), {
      env: { LOGS: temporaryFolder() },
    })
    await said(child)
    const start = performance.now()
    const [code] = await once(child, 'exit')
    expect(code).toBe(7)
    // And what it takes to end a process, on a busy machine.
    expect(performance.now() - start).toBeLessThan(10_000)
  })

  test('causes a line on standard error with the number of unwritten lines', async () => {
    const child = startProgram(logging(3_000, `await log(); process.exit(7)`), { env: { LOGS: temporaryFolder() } })
    const [line] = await once(child.stderr as NodeJS.ReadableStream, 'data')
    const { stdout, stderr } = await outcomeOf(child)
    const said = /^spoor: standard output did not take (\d+) lines before the process ended\n$/.exec(line)
    expect(stderr).toBe('')
    // The last line that came may be half a one.
    expect(stdout.split('\n').length - 1 + Number(said?.[1])).toBe(3_000)
  })
})

describe('a slow reader', () => {
  test('gets every line although the process exits at once', async () => {
    const { stdout, code } = await runPiped(
      logging(300, 'await log(); process.exit(0)'),
      // Well within the second that the process has for the end: on a busy machine each command takes its time to start.
      'head -c 50000; sleep 0.1; cat',
      { env: { LOGS: temporaryFolder() } },
    )
    expect(code).toBe(0)
    expect(numbers(stdout)).toEqual(upTo(300))
  })
})

describe('a reader that closes the pipe', () => {
  test('does no harm: the files have every line, lost lines are counted, the exit code stays the same', async () => {
    const folder = temporaryFolder()
    const untilGone = `while (!logs.health()[0].error) { logs.get('a').info('anybody?'); await new Promise((next) => setTimeout(next, 5)) }`
    const { stdout, stderr, code } = await runPiped(
      logging(300, `${untilGone}; await log(); say(logs.health()); process.exitCode = 3`),
      'head -n 1',
      { env: { LOGS: folder } },
    )
    expect(stdout).toMatch(/^.*anybody.*\n$/)
    expect(numbers(linesOf(folder, 'a.log').join('\n'))).toEqual(upTo(300))
    expect(code).toBe(3)
    const [console, file] = JSON.parse(stderr)
    expect(console).toMatchObject({ output: 'console', error: expect.stringContaining('EPIPE'), keptLines: 0 })
    expect(console.lostLines).toBeGreaterThan(300)
    expect(file).toEqual({ output: 'a.log', keptLines: 0, lostLines: 0 })
  })
})

// Needs the right to mount a tmpfs: root, and a container that allows it.
describe.skipIf(!mayMount)('standard output in a file on a full disk', () => {
  test('gets every line, whole and in order, once there is room again', async () => {
    const disk = temporaryFolder()
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk])
    try {
      const out = openSync(join(disk, 'out'), 'w')
      writeFileSync(join(disk, 'filler'), Buffer.alloc(40 * 1024))
      const end = `await log(); say(logs.health()[0]); await new Promise((next) => process.stdin.once('data', next)); await logs.flush(); process.exit(0)`
      const child = startProgram(logging(40, end), { env: { LOGS: temporaryFolder() }, stdout: out })
      const health = await said(child)
      expect(health).toMatchObject({ error: expect.stringContaining('ENOSPC'), lostLines: 0 })
      expect(health['keptLines']).toBeGreaterThan(10)
      rmSync(join(disk, 'filler'))
      child.stdin?.end('go')
      const { code, stderr } = await outcomeOf(child)
      closeSync(out)
      const lines = readFileSync(join(disk, 'out'), 'utf8')
      expect(numbers(lines)).toEqual(upTo(40))
      expect(lines.split('\n')).toHaveLength(41)
      expect([code, stderr]).toEqual([0, ''])
    } finally {
      execFileSync('umount', ['-l', disk])
    }
  })
})

test('a new reader gets the next line whole after another one left in the middle of a line', async () => {
  const fifo = join(temporaryFolder(), 'fifo')
  execFileSync('mkfifo', [fifo])
  const reading = () => openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK)
  const first = reading()
  const out = openSync(fifo, 'w')
  const end = `
    await log(); say({ at: 1 }); await new Promise((next) => process.stdin.once('data', next))
    while (!logs.health()[0].error) { logs.get('a').info('gone'); await turn() }
    say({ at: 2 }); await new Promise((next) => process.stdin.once('data', next))
    logs.get('a').info('back'); await logs.flush(); process.exit(0)`
  const child = startProgram(logging(100, end), { env: { LOGS: temporaryFolder() }, stdout: out })
  closeSync(out)
  await said(child)
  closeSync(first)
  child.stdin?.write('go')
  await said(child)
  const second = reading()
  const whole = available(second)
  child.stdin?.end('go')
  await outcomeOf(child)
  const rest = available(second).split('\n')
  closeSync(second)
  expect(whole).toMatch(/[^\n]$/)
  expect(rest).toEqual(['', expect.stringContaining('lines are missing here'), expect.stringMatching(/^\[.*back/), ''])
})

/** What a non-blocking pipe holds. */
function available(pipe: number): string {
  const buffer = Buffer.alloc(2 ** 20)
  let length = 0
  try {
    for (let read = 1; read > 0; length += read) read = readSync(pipe, buffer, length, buffer.length - length, null)
  } catch {}
  return buffer.toString('utf8', 0, length)
}

test('no timer keeps a process alive while its reader sleeps', async () => {
  const child = startProgram(logging(300, `await log(); say({ at: 1 })`), {
    env: { LOGS: temporaryFolder() },
  })
  await said(child)
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
})
