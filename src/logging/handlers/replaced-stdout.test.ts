import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../../test/programs/folder.js'
import { outcomeOf, runProgram, startProgram, writeProgram } from '../../../test/programs/program.js'

const numbers = (text: string) => [...text.matchAll(/"n":(\d+)/g)].map((found) => Number(found[1]))
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

// Logs numbered lines, seven a turn of the event loop.
const logging = `
  import { writeSync } from 'node:fs'
  import { setImmediate as turn } from 'node:timers/promises'
  import { defineLogs } from 'spoor'
  const logs = defineLogs({ files: false, loggers: { a: {} } })
  let n = 0
  const log = async (count) => {
    for (const end = n + count; n < end; n++) {
      logs.get('a').info({ n }, 'line')
      if (n % 7 === 6) await turn()
    }
  }
  const say = (what) => writeSync(2, JSON.stringify(what) + '\\n')
`
const run = async (rest: string) => {
  const { stdout, stderr, code } = await runProgram(`${logging}\n${rest}`)
  const [said] = stderr.split('\n', 1)
  return { stdout, stderr, code, said: said ? JSON.parse(said) : undefined }
}

test('PM2 in cluster mode gets every line of every process in its log file', async () => {
  const folder = temporaryFolder()
  const out = join(folder, 'out.log')
  const app = writeProgram(`${logging}
    await log(500); await logs.flush(); process.send('logged'); setInterval(() => {}, 1_000)`)
  const options = {
    script: app,
    instances: 2,
    exec_mode: 'cluster',
    autorestart: false,
    merge_logs: true,
    out_file: out,
  }
  const driver = startProgram(
    `import pm2 from 'pm2'
     pm2.connect(true, () => pm2.start(${JSON.stringify({ ...options, error_file: join(folder, 'err.log') })}, () => {}))
     process.stdin.once('data', () => pm2.delete('all', () => process.exit(0)))`,
    { env: { PM2_HOME: join(folder, 'pm2'), PM2_DISABLE_VERSION_CHECK: 'true' } },
  )
  onTestFinished(() => void driver.kill())
  const outcome = outcomeOf(driver)
  const lines = () => {
    try {
      return numbers(readFileSync(out, 'utf8')).sort((a, b) => a - b)
    } catch {
      return []
    }
  }
  await expect.poll(() => lines().length, { timeout: 30_000 }).toBeGreaterThanOrEqual(1_000)
  driver.stdin?.end('stop')
  expect((await outcome).code).toBe(0)
  expect(lines()).toEqual(upTo(500).flatMap((n) => [n, n]))
  for (const line of readFileSync(out, 'utf8').split('\n').slice(0, -1)) expect(JSON.parse(line).message).toBe('line')
}, 60_000)

describe('a worker thread', () => {
  const parent = (rest: string, options: string) => `
    import { writeSync } from 'node:fs'
    import { Worker } from 'node:worker_threads'
    const worker = new Worker(${JSON.stringify(writeProgram(`${logging}\n${rest}`))}, ${options})
    let text = ''
    worker.stdout.on('data', (chunk) => { text += chunk })
    worker.on('exit', (code) => setImmediate(() => writeSync(2, JSON.stringify({ text, code }))))`

  test.each([
    ['that ends by itself', 'await log(500)', 0],
    ['that exits', 'await log(499); logs.get("a").info({ n: 499 }, "line"); process.exit(3)', 3],
    ['that throws', 'await log(500); throw new Error("thrown")', 1],
  ])('with its own standard output, %s, gives every line to its parent only', async (_, rest, code) => {
    const program = `${parent(rest, '{ stdout: true, stderr: true }')}\nworker.on('error', () => {})`
    const { stdout, stderr } = await runProgram(program)
    const said = JSON.parse(stderr)
    expect(numbers(said.text)).toEqual(upTo(500))
    expect(said.code).toBe(code)
    expect(stdout).toBe('')
  })

  test('that shares the standard output of the process writes every line to it', async () => {
    const { stdout } = await runProgram(parent('await log(500)', '{}'))
    expect(numbers(stdout)).toEqual(upTo(500))
  })

  test('whose parent does not read keeps 1 MB, and the parent gets the other lines and a notice', async () => {
    const rest = `await log(20_000); say(logs.health()[0]); while (logs.health()[0].keptLines > 0) await logs.flush(); logs.get('a').info({ n }, 'line')`
    const { stderr } = await runProgram(`
      import { writeSync } from 'node:fs'
      import { Worker } from 'node:worker_threads'
      const worker = new Worker(${JSON.stringify(writeProgram(`${logging}\n${rest}`))}, { stdout: true })
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500)
      let text = ''
      worker.stdout.on('data', (chunk) => { text += chunk })
      worker.on('exit', () => setImmediate(() => {
        const missing = /(\\d+) lines are missing here/.exec(text)
        writeSync(2, JSON.stringify({ lines: text.split('"n":').length - 1, missing: Number(missing?.[1]) }) + '\\n')
      }))`)
    const [health, told] = stderr
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
    expect(told.missing).toBeGreaterThan(1_000)
    expect(told.lines + told.missing).toBe(20_001)
    expect(health.keptLines).toBeLessThan(20_000)
  })
})

describe('a replaced process.stdout.write', () => {
  test('gets every line in a call of its own, as a string', async () => {
    const { said, stdout } = await run(`
      const calls = []
      process.stdout.write = (text) => { calls.push(text) }
      await log(100); await logs.flush()
      say({ text: calls.join(''), count: calls.length, strings: calls.every((text) => typeof text === 'string') })`)
    expect(numbers(said.text)).toEqual(upTo(100))
    expect([said.count, said.strings, stdout]).toEqual([100, true, ''])
  })

  test('that returns false gets every line, whether it calls back or not', async () => {
    const { said } = await run(`
      const [silent, answering] = [[], []]
      const own = process.stdout.write
      process.stdout.write = (text) => { silent.push(text); return false }
      await log(100); await logs.flush()
      process.stdout.write = (text, done) => { answering.push(text); setTimeout(done, 1); return false }
      await log(100); await logs.flush()
      say({ silent: silent.join(''), answering: answering.join(''), health: logs.health()[0] })`)
    expect(numbers(said.silent)).toEqual(upTo(100))
    expect(numbers(said.answering)).toEqual(upTo(200).slice(100))
    expect(said.health).toEqual({ output: 'console', keptLines: 0, lostLines: 0 })
  })

  test('that throws gets the same lines again, in order, and the service continues', async () => {
    const { said } = await run(`
      const calls = []
      process.stdout.write = () => { throw new Error('no stdout today') }
      await log(100)
      const [health] = logs.health()
      process.stdout.write = (text) => { calls.push(text) }
      await log(100); await logs.flush()
      say({ text: calls.join(''), health })`)
    expect(numbers(said.text)).toEqual(upTo(200))
    expect(said.health).toMatchObject({ error: 'no stdout today', lostLines: 0 })
    expect(said.health.keptLines).toBeGreaterThan(80)
  })

  test('that still throws when the process ends leaves the lines to the standard output of the process', async () => {
    const { stdout, code } = await run(`
      process.stdout.write = () => { throw new Error('no stdout today') }
      await log(100); process.exit(4)`)
    expect(numbers(stdout)).toEqual(upTo(100))
    expect(code).toBe(4)
  })

  test('that is restored later gets the lines until then, and no line is lost or doubled', async () => {
    const { said, stdout } = await run(`
      const calls = []
      const own = process.stdout.write
      await log(50); await logs.flush()
      process.stdout.write = (text) => { calls.push(text) }
      await log(50); await logs.flush()
      process.stdout.write = own
      await log(50); await logs.flush()
      say({ text: calls.join('') })`)
    expect(numbers(said.text)).toEqual(upTo(100).slice(50))
    expect(numbers(stdout)).toEqual(upTo(150).filter((n) => n < 50 || n >= 100))
  })

  test('that calls the original write loses no line at process.exit', async () => {
    const { stdout } = await run(`
      const own = process.stdout.write.bind(process.stdout)
      process.stdout.write = (...args) => own(...args)
      await log(50); process.exit(0)`)
    expect(numbers(stdout)).toEqual(upTo(50))
  })

  test('that logs each line does not call itself without end: its own lines go directly to standard output', async () => {
    const { said, stdout } = await run(`
      let calls = 0
      process.stdout.write = (text) => {
        calls++
        logs.root.info('captured ' + text)
        void logs.flush()
      }
      await log(50); await logs.flush()
      for (let i = 0; i < 20; i++) await turn()
      await logs.flush()
      say({ calls })`)
    expect(said.calls).toBe(50)
    expect(stdout.match(/captured/g)).toHaveLength(50)
  })

  test('that logs by a captured console.log does not call itself without end', async () => {
    const { said, stdout } = await run(`
      let calls = 0
      console.log = (text) => logs.root.info(text)
      process.stdout.write = () => { calls++; console.log('again') }
      await log(50); await logs.flush()
      for (let i = 0; i < 20; i++) await turn()
      say({ calls })`)
    expect(said.calls).toBe(50)
    expect(stdout.match(/again/g)).toHaveLength(50)
  })

  test('is used too if the whole stream was replaced', async () => {
    const { said, stdout } = await run(`
      const { Writable } = await import('node:stream')
      let text = ''
      const stream = new Writable({ write(chunk, _, done) { text += chunk; done() } })
      Object.defineProperty(process, 'stdout', { value: stream, configurable: true })
      await log(50); await logs.flush(); say({ text })`)
    expect(numbers(said.text)).toEqual(upTo(50))
    expect(stdout).toBe('')
  })
})
