// What is lost when a process ends: lines are counted by their numbers, bytes by their length.
import { describe, expect, test } from 'vitest'
import { linesOf, temporaryFolder } from '../programs/folder.js'
import { runProgram } from '../programs/program.js'

const lineBytes = 200

type Flush = 'soon' | 'turn' | 'line'

/** Logs 2,000 lines in many turns, 250 more in the last one, says how many that are, and ends. */
const program = (end: string, flush: Flush) => `
  import { writeSync } from 'node:fs'
  import { setTimeout as later, setImmediate as turn } from 'node:timers/promises'
  import { defineLogs } from 'spoor'
  const logs = defineLogs({
    directory: process.env.LOGS,
    loggers: { a: { file: 'a.log', format: 'json', console: false, flush: '${flush}' } },
    root: { console: false },
  })
  let seq = 0
  const log = (count) => {
    for (const last = seq + count; seq < last; ) {
      const line = { seq: ++seq, pad: '' }
      line.pad = 'x'.repeat(${lineBytes - 97} - String(seq).length)
      logs.get('a').info(line, 'line')
    }
  }
  for (let i = 0; i < 200; i++) {
    log(10)
    await turn()
  }
  const say = () => writeSync(1, seq + '\\n')
  ${end}
`

/** How many lines are missing at the end, and that no other is, nor one doubled or torn. */
async function lostBy(end: string, flush: Flush = 'soon') {
  const folder = temporaryFolder()
  const outcome = await runProgram(program(end, flush), { env: { LOGS: folder } })
  const lines = linesOf(folder, 'a.log')
  const seen = lines.map((line) => (JSON.parse(line) as { seq: number }).seq)
  expect(seen).toEqual(Array.from(seen, (_, index) => index + 1))
  expect(new Set(lines.map((line) => line.length + 1))).toEqual(new Set([lineBytes]))
  return { ...outcome, lost: Number(outcome.stdout) - seen.length }
}

const orderly: [string, string, number | null][] = [
  ['the end of work', 'log(250); say()', 0],
  ['process.exit', 'log(250); say(); process.exit(3)', 3],
  ['an exception', 'log(250); say(); throw new Error("x")', 1],
  ['a rejection', 'log(250); say(); Promise.reject(new Error("x"))', 1],
  ['an exception in an exit listener', `process.on('exit', () => { throw new Error('x') }); log(250); say()`, 1],
  [
    "an exception in an exit listener before Spoor's",
    `process.prependListener('exit', () => { throw new Error('x') }); log(250); say()`,
    1,
  ],
  ['an exit listener that logs', `process.on('exit', () => { log(250); say() })`, 0],
  [
    'SIGTERM with a handler that closes the logs',
    `process.on('SIGTERM', () => logs.close().then(() => process.exit(0)))
     log(250); say(); process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1_000)`,
    0,
  ],
  [
    'SIGTERM with a handler that exits',
    `process.on('SIGTERM', () => process.exit(143))
     log(250); say(); process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1_000)`,
    143,
  ],
]

describe.each(['soon', 'turn'] as const)('with flush: %s', (flush) => {
  test.each(orderly)('no line is lost with %s', async (_, end, code) => {
    const outcome = await lostBy(end, flush)
    expect(outcome.code).toBe(code)
    expect(outcome.lost).toBe(0)
  })
})

const sudden: [string, string, NodeJS.Signals][] = [
  ['SIGTERM without a handler', `process.kill(process.pid, 'SIGTERM')`, 'SIGTERM'],
  ['SIGKILL', `process.kill(process.pid, 'SIGKILL')`, 'SIGKILL'],
  ['process.abort', 'process.abort()', 'SIGABRT'],
]

describe.each(sudden)('%s', (_, end, signal) => {
  test('loses the lines since the last turn of the event loop, at most 64 KB', async () => {
    const outcome = await lostBy(`log(250); say(); ${end}`, 'turn')
    expect([outcome.signal, outcome.lost]).toEqual([signal, 250])
    expect(outcome.lost * lineBytes).toBeLessThan(64 * 1_024)
  })

  test('loses no line of earlier turns', async () => {
    const outcome = await lostBy(`log(250); await turn(); await turn(); say(); ${end}`, 'turn')
    expect([outcome.signal, outcome.lost]).toEqual([signal, 0])
  })

  test('with flush: soon, loses at most the lines since the last write', async () => {
    const outcome = await lostBy(`log(250); say(); ${end}`)
    expect(outcome.signal).toBe(signal)
    expect(outcome.lost * lineBytes).toBeLessThan(64 * 1_024)
  })

  test('with flush: soon, loses no line that is older than a turn and a timer of 2 ms', async () => {
    const outcome = await lostBy(`log(250); await turn(); await later(2); say(); ${end}`)
    expect([outcome.signal, outcome.lost]).toEqual([signal, 0])
  })

  test('loses at most 64 KB of a loop that blocks the event loop', async () => {
    const outcome = await lostBy(`for (let i = 0; i < 2_000; i++) { log(1); await null } say(); ${end}`)
    expect(outcome.signal).toBe(signal)
    expect(outcome.lost * lineBytes).toBeLessThan(64 * 1_024)
    expect(Number(outcome.stdout)).toBe(4_000)
  })

  test('loses nothing if each line is flushed', async () => {
    const outcome = await lostBy(`log(250); say(); ${end}`, 'line')
    expect([outcome.signal, outcome.lost]).toEqual([signal, 0])
  })
})
