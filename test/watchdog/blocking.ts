// Programs that block their event loop until the test has seen what it waits for. No clock says how long that takes.
import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, vi } from 'vitest'
import { parseLine } from '../../src/logging/parser.js'
import { linesOf, temporaryFolder } from '../programs/folder.js'
import { outcomeOf, startProgram } from '../programs/program.js'

export const WAITING = { timeout: 25_000, interval: 10 }

/** The start of each program: `block()` returns once the file `go` is there. `native()` blocks without running JavaScript. */
export const preamble = `
  import { execFileSync } from 'node:child_process'
  import { existsSync, writeSync } from 'node:fs'
  import { createServer, get } from 'node:http'
  import { createSpoor, defineLogs } from 'spoor'
  const [folder, go] = [process.env.LOGS, process.env.LOGS + '/go']
  const afterMs = 150
  const turn = () => new Promise((resolve) => setTimeout(resolve, 1))
  function block() {
    const end = Date.now() + 25_000
    while (!existsSync(go) && Date.now() < end);
    writeSync(1, 'free\\n')
  }
  function native() {
    execFileSync('sh', ['-c', 'for i in $(seq 500); do [ -e "$0" ] && exit; sleep 0.05; done', go])
    writeSync(1, 'free\\n')
  }
  const logsTo = (format, directory = folder) =>
    defineLogs({ directory, console: false, loggers: {}, root: { file: 'root.log', format } })
  const spoorOf = (logs, mode = 'header', more = {}) =>
    createSpoor({ service: 'shop', logs, tracking: { mode, watchdog: { afterMs, ...more } } })
  /** Lets the watchdog's thread start. */
  const settled = () => new Promise((resolve) => setTimeout(resolve, 300))
  async function serve(spoor, handler) {
    const server = createServer(async (request, response) => {
      await handler(request)
      response.end('x')
    })
    spoor.attach(server)
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    const ask = (path = '/export') =>
      new Promise((resolve) => get({ port: server.address().port, host: '127.0.0.1', path }, (response) => response.resume().on('end', resolve)))
    return { ask, end: () => server.close() }
  }
`

export type Line = NonNullable<ReturnType<typeof parseLine>>

export interface Blocking {
  readonly child: ChildProcess
  readonly folder: string
  readonly outcome: ReturnType<typeof outcomeOf>
  /** True once the program's loop is free again. */
  isFree(): boolean
  stderr(): string
  /** The lines of a log file. */
  lines(file?: string): Line[]
  /** Ends the block. */
  go(): void
}

/** Starts a program that follows `preamble`. */
export function startBlocking(source: string, env: Record<string, string> = {}): Blocking {
  const folder = temporaryFolder()
  const child = startProgram(`${preamble}${source}`, { env: { LOGS: folder, ...env } })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) child[name]?.on('data', (chunk) => (said[name] += chunk))
  return {
    child,
    folder,
    outcome: outcomeOf(child),
    isFree: () => said.stdout.includes('free'),
    stderr: () => said.stderr,
    lines: (file = 'root.log') => linesOf(folder, file).map((line) => parseLine(line) as Line),
    go: () => writeFileSync(join(folder, 'go'), ''),
  }
}

export const isStuck = ({ level, message }: Line): boolean => level === 'error' && message.includes('still blocked')

/**
 * Waits for a line about the block, which is still on, then ends the block.
 *
 * @param by what the line must name: on a machine under load, the first line may come before the thread knows it
 */
export async function lineWhileBlocked(program: Blocking, by: string): Promise<Line> {
  const line = await vi.waitFor(() => {
    const found = program.lines().find((one) => isStuck(one) && one.message.includes(` s by ${by}`))
    expect(found, program.stderr()).toBeDefined()
    return found as Line
  }, WAITING)
  expect(program.isFree()).toBe(false)
  program.go()
  return line
}
