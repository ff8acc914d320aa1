// A service in a process of its own, to which faults happen.
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import type { OutputHealth } from '../../src/logging/handlers/failure-warnings.js'
import { type RunOptions, startProgram } from '../programs/program.js'

// It does what it is told on standard input and answers with its health on standard error.
const service = `
  import { createInterface } from 'node:readline'
  import { closeSync, openSync, writeSync } from 'node:fs'
  import { defineLogs } from 'spoor'
  const logs = defineLogs({
    directory: process.env.LOGS,
    loggers: { a: { file: 'a.log' }, quiet: { file: 'quiet.log', console: false }, exit: { file: 'exit.log', console: false } },
  })
  let n = 0
  const hoard = []
  const does = {
    log: (count) => { for (let i = 0; i < count; i++) logs.get('a').info({ n: n++ }, 'line') },
    quiet: (count) => { for (let i = 0; i < count; i++) logs.get('quiet').info({ n: n++ }, 'quiet line') },
    exit: (count) => { for (let i = 0; i < count; i++) logs.get('exit').info({ n: n++ }, 'line') },
    megabytes: async (count) => {
      for (let i = 0; i < count * 1024; i++) {
        logs.get('quiet').info({ n: n++, text: 'x'.repeat(1000) }, 'long')
        if (i % 64 === 0) await logs.flush()
      }
    },
    hoard: () => { try { for (;;) hoard.push(openSync('/dev/null')) } catch (error) { if (error.code !== 'EMFILE') throw error } },
    release: () => { for (const fd of hoard.splice(0)) closeSync(fd) },
    flush: () => logs.flush(),
    close: () => logs.close(),
    reopen: () => logs.reopen(),
    wait: async () => { while (logs.health().some((output) => output.keptLines > 0)) await new Promise((next) => setTimeout(next, 5)) },
    // The loggers' own timer is set earlier, and for 1 ms: it fires before this one.
    turn: () => new Promise((next) => setTimeout(next, 2)),
    end: () => process.stdin.destroy(),
  }
  for await (const line of createInterface({ input: process.stdin })) {
    const [what, count] = line.split(' ')
    await does[what](Number(count))
    await does.turn()
    writeSync(2, JSON.stringify(logs.health()) + '\\n')
    if (what === 'end') break
  }
`

export interface Service {
  readonly pid: number
  /** Tells the service what to do and gives the health of its file. */
  tell(what: string, file?: string): Promise<OutputHealth>
  /** What is on its console so far. */
  console(): string[]
  end(): Promise<number>
  kill(): Promise<void>
}

/** Starts a service that logs into `directory`. */
export function started(directory: string, options: RunOptions = {}): Service {
  const child = startProgram(service, { ...options, env: { LOGS: directory } })
  onTestFinished(() => void child.kill('SIGKILL'))
  let stdout = ''
  child.stdout?.on('data', (chunk) => {
    stdout += chunk
  })
  const answers = createInterface({ input: child.stderr as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  const ended = once(child, 'close')
  return {
    pid: child.pid as number,
    async tell(what, file = 'a.log') {
      child.stdin?.write(`${what}\n`)
      const { value } = await answers.next()
      const all = JSON.parse(value ?? 'null') as OutputHealth[]
      return all.find((one) => one.output === file) as OutputHealth
    },
    console: () => stdout.split('\n').slice(0, -1),
    async end() {
      child.stdin?.write('end\n')
      return (await ended)[0] as number
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** The numbers of the lines that are whole, in their order. */
export function numbersIn(lines: readonly string[]): number[] {
  const whole = /^\[[^[\]]+\] \[\w+\](?: \[\w+\] \[\d+\] \[-\])? [a-z ]+\{"logger":"\w+","n":(\d+)(?:,"text":"x+")?\}$/
  return lines.flatMap((line) => whole.exec(line)?.[1] ?? []).map(Number)
}

export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n)
}
