import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { hostname } from 'node:os'
import { fileURLToPath } from 'node:url'
import { atMost } from '../time-limit.js'
import type { Target } from './balancer.js'

/** A process of the service, started by this one. */
export interface StartedProcess extends Target {
  /** Resolves when it has ended, to its exit code or to the signal that ended it. */
  ended: Promise<number | string>
  /** Lets it finish its requests. */
  stop(): Promise<void>
}

/** A process has 8 s: 4.5 s for its requests, 2 s for its jobs, and some for the rest. */
const STOP_MS = 8_000

/**
 * Starts a process of the service on a free loopback port. It has a process group of its own, so that Ctrl-C in a terminal
 * does not reach it: this process stops it.
 *
 * @throws Error if it ends before it takes requests; it has said why on standard error
 */
export async function startProcess(env: Record<string, string>): Promise<StartedProcess> {
  const program = fileURLToPath(new URL('process.js', import.meta.url))
  const child = fork(program, { detached: true, env: { ...process.env, ...env, PORT: '0', HOST: '127.0.0.1' } })
  const ended = once(child, 'exit').then(([code, signal]): number | string => code ?? signal)
  const url = await Promise.race([addressOf(child), ended.then(() => undefined)])
  if (url === undefined) throw new Error('one of the two processes did not start')
  return {
    name: `${hostname()}:${child.pid}`,
    url,
    ended,
    async stop() {
      child.kill('SIGTERM')
      await atMost(
        STOP_MS,
        ended.then(() => {}),
      )
      child.kill('SIGKILL')
    },
  }
}

async function addressOf(child: ChildProcess): Promise<string> {
  const [url] = await once(child, 'message')
  return url as string
}
