// Several writers of one file inside one process: threads, and instances within one process.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { linesOf, temporaryFolder } from '../programs/folder.js'
import { runProgram } from '../programs/program.js'

const filesOf = (folder: string) => readdirSync(folder).filter((name) => /^a\.log(\.\d+)?$/.test(name))
const linesIn = (folder: string) => filesOf(folder).flatMap((name) => linesOf(folder, name))

/** The numbers of each writer's lines. */
function numbersOf(folder: string): Map<string, number[]> {
  const numbers = new Map<string, number[]>()
  for (const line of linesIn(folder)) {
    const { who, seq } = JSON.parse(line) as { who: string; seq: number }
    const own = numbers.get(String(who)) ?? []
    // Not a new list each time: on a busy machine, those who write until they are stopped write 100,000 and more.
    own.push(seq)
    numbers.set(String(who), own)
  }
  for (const own of numbers.values()) own.sort((a, b) => a - b)
  return numbers
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

const logger = (rotation: string, flush: 'soon' | 'turn' = 'soon') => `
  defineLogs({
    directory: process.env.LOGS,
    rotation: ${rotation},
    loggers: { a: { file: 'a.log', format: 'json', console: false, flush: '${flush}' } },
  })`

test('two instances in one process lose nothing while each rotates its file', async () => {
  const folder = temporaryFolder()
  await runProgram(
    `
    import { defineLogs } from 'spoor'
    const small = ${logger('{ maxBytes: 10_000, backups: 50 }', 'turn')}
    const large = ${logger('{ maxBytes: 40_000, backups: 50 }', 'turn')}
    for (let seq = 1; seq <= 1_000; seq++) {
      small.get('a').info({ who: 'small', seq }, 'x')
      large.get('a').info({ who: 'large', seq }, 'x')
      if (seq % 10 === 0) await new Promise(setImmediate)
    }`,
    { env: { LOGS: folder } },
  )
  expect([...numbersOf(folder).values()]).toEqual([upTo(1_000), upTo(1_000)])
  // The smaller limit is that of the file, but for what the other one adds before the first writes again: in each turn
  // with flush: turn, and up to 64 KB with the default.
  const sizes = filesOf(folder).map((name) => statSync(join(folder, name)).size)
  expect(Math.max(...sizes)).toBeLessThan(12_000)
  expect(sizes.length).toBeGreaterThan(10)
})

test('a service that restarts again and again continues the same file', async () => {
  const folder = temporaryFolder()
  for (let run = 1; run <= 3; run++) {
    const log = `for (let seq = 1; seq <= 300; seq++) logs.get('a').info({ who: ${run}, seq }, 'x')`
    const source = `import { defineLogs } from 'spoor'\nconst logs = ${logger('{ maxBytes: 10_000, backups: 50 }')}\n${log}`
    await runProgram(source, { env: { LOGS: folder } })
  }
  expect([...numbersOf(folder).values()]).toEqual([upTo(300), upTo(300), upTo(300)])
})

// Where the system does not tell whether a thread lives, its lock is taken over after 10 s.
test.skipIf(!existsSync('/proc/thread-self'))(
  'a worker that is terminated during a rotation does not block rotation',
  async () => {
    const folder = temporaryFolder()
    const { stdout, stderr } = await runProgram(
      `
      import fs from 'node:fs'
      import { syncBuiltinESMExports } from 'node:module'
      import { isMainThread, parentPort, Worker } from 'node:worker_threads'
      if (!isMainThread) {
        fs.renameSync = (from) => {
          parentPort.postMessage(from)
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
        }
        syncBuiltinESMExports()
      }
      const { defineLogs } = await import('spoor')
      const logs = ${logger('{ maxBytes: 10_000, backups: 50 }')}
      const log = (who) => { for (let seq = 1; seq <= 300; seq++) logs.get('a').error({ who, seq }, 'x') }
      if (isMainThread) {
        const worker = new Worker(new URL(import.meta.url))
        await new Promise((resolve) => worker.once('message', resolve))
        await worker.terminate()
        log('main')
        console.log(JSON.stringify(logs.health().find(({ output }) => output === 'a.log')))
      } else log('worker')`.replace("import('spoor')", "import('./index.js')"),
      { env: { LOGS: folder } },
    )
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({ output: 'a.log', keptLines: 0, lostLines: 0 })
    const { main, worker = [] } = Object.fromEntries(numbersOf(folder))
    expect(main).toEqual(upTo(300))
    expect(worker).toEqual(upTo(worker.length))
    expect(worker.length).toBeGreaterThan(50)
  },
)

test('process.exit of the main thread loses less than 64 KB of each worker, and nothing that was flushed', async () => {
  const folder = temporaryFolder()
  const { stdout, code } = await runProgram(
    `
    import { isMainThread, threadId, Worker, workerData } from 'node:worker_threads'
    import { defineLogs } from 'spoor'
    if (isMainThread) {
      const workers = 3
      const memory = new SharedArrayBuffer(8 * (workers + 1))
      const counts = new Int32Array(memory)
      for (let i = 0; i < workers; i++) new Worker(new URL(import.meta.url), { workerData: memory }).unref()
      while (counts.slice(2).some((count) => count < 3_000)) await new Promise((next) => setTimeout(next, 1))
      process.on('exit', () => console.log(JSON.stringify([...counts.slice(2)])))
      process.exit(4)
    } else {
      const counts = new Int32Array(workerData)
      const logs = ${logger('{ maxBytes: 200_000, backups: 1_000 }')}
      for (let seq = 1; ; seq++) {
        logs.get('a').info({ who: threadId, seq }, 'x')
        if (seq % 100 === 0) {
          await logs.flush()
          counts[2 * threadId] = seq
        }
        counts[2 * threadId + 1] = seq
      }
    }`,
    { env: { LOGS: folder } },
  )
  expect(code).toBe(4)
  const counts = JSON.parse(stdout) as number[]
  const numbers = numbersOf(folder)
  for (let thread = 1; thread <= 3; thread++) {
    const own = numbers.get(String(thread)) ?? []
    const flushed = counts[2 * thread - 2] as number
    expect(own).toEqual(upTo(own.length))
    expect(own.length).toBeGreaterThanOrEqual(flushed)
  }
})
