// The service in its own process, as `npm start` starts it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished, vi } from 'vitest'

const START = fileURLToPath(new URL('../../../scripts/start.mjs', import.meta.url))
const START_TWO = fileURLToPath(new URL('../../../scripts/start-two.mjs', import.meta.url))
const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

export interface Started {
  child: ChildProcess
  logDirectory: string
  stdout: () => string
  stderr: () => string
  exit: Promise<number | null>
}

/** Calls `end` when a test has ended. */
type OnFinished = (end: () => void) => void

/**
 * Starts the service for one test, with its own log files, and without a database unless `env` names one.
 *
 * @param onFinished the hook of the test, for concurrent tests: Vitest does not know which of them calls
 */
export function npmStart(env: Record<string, string>, onFinished: OnFinished = onTestFinished): Started {
  return started([process.execPath, START], env, onFinished)
}

/** Starts two processes behind a balancer, as `npm run start:two` does, in the same way. */
export function startTwo(env: Record<string, string>, onFinished: OnFinished = onTestFinished): Started {
  return started([process.execPath, START_TWO], env, onFinished)
}

/** The same in a terminal of `columns` columns, which `script` of util-linux makes. */
export function npmStartInTerminal(columns: number, env: Record<string, string>): Started {
  const command = `stty cols ${columns} rows 50; exec ${process.execPath} ${START}`
  return started(['script', '-q', '-e', '-c', command, '/dev/null'], { SHELL: '/bin/sh', ...env }, onTestFinished)
}

function started(
  [command, ...args]: [string, ...string[]],
  env: Record<string, string>,
  onFinished: OnFinished,
): Started {
  const logDirectory = mkdtempSync(join(tmpdir(), 'publisher-main-'))
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, LOG_DIR: logDirectory, DATABASE_URL: 'off', ...env },
  })
  onFinished(() => {
    child.kill('SIGKILL')
    rmSync(logDirectory, { recursive: true, force: true })
  })
  const exit = once(child, 'close').then(([code]) => code)
  return { child, logDirectory, stdout: collect(child.stdout), stderr: collect(child.stderr), exit }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.on('data', (chunk) => {
    text += chunk
  })
  return () => text
}

/** Resolves to the service's address, once it listens. */
export function addressIn(started: Started): Promise<string> {
  return vi.waitFor(
    () => {
      const url = /Demo page\s+(http:\S+?)\/\s/.exec(started.stdout())?.[1]
      if (url === undefined) throw new Error(`no address in: ${started.stdout()}${started.stderr()}`)
      return url
    },
    { timeout: 60_000, interval: 20 },
  )
}
