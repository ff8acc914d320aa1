import { spawn } from 'node:child_process'

/** A child process that ends with this process. */
export interface BoundProcess {
  /** Resolves when it has ended, to its exit code; null if a signal or a failure to start ended it. Never rejects. */
  ended: Promise<number | null>
  /** The first 64 KB of its standard error. */
  output(): string
  /** Resolves when its standard error contains `text`. */
  said(text: string): Promise<void>
  /** Sends a signal, unless it has ended. */
  kill(signal: NodeJS.Signals): void
}

// The command takes the place of the shell. Beside it, a copy of the shell reads a pipe, which closes when this process
// ends, even by SIGKILL; then it interrupts the command.
const BOUND = `
  exec 3<&0 </dev/null
  { cat <&3; kill -INT $$; } >/dev/null 2>&1 &
  exec "$@" 3<&-`

const MAX_OUTPUT = 65_536

/**
 * Starts a command that is interrupted (SIGINT) when this process ends. It has a process group of its own, so that Ctrl-C
 * in a terminal does not reach it: the service stops it when it has finished its requests. It gets no environment
 * variables but PATH, because those of a service contain secrets.
 */
export function spawnBound(
  command: string,
  args: string[],
  user: { uid: number; gid: number } | undefined,
): BoundProcess {
  const child = spawn('/bin/sh', ['-c', BOUND, 'sh', command, ...args], {
    ...user,
    cwd: '/',
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let output = ''
  const listeners = new Set<() => void>()
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(0, MAX_OUTPUT)
    for (const listener of listeners) listener()
  })
  child.stdin.on('error', () => {})
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', () => child.stdin.destroy())
    child.once('close', (code) => resolve(code))
    child.once('error', (error) => {
      output += error.message
      resolve(null)
    })
  })
  return {
    ended,
    output: () => output,
    said: (text) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!output.includes(text)) return
          listeners.delete(look)
          resolve()
        }
        listeners.add(look)
        look()
      }),
    kill: (signal) => void child.kill(signal),
  }
}
