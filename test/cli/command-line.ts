// Runs the built command line, as a user would.
import { type ChildProcessWithoutNullStreams, execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../..', import.meta.url))
export const main: string = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** Builds the package, unless it is built from these sources. */
export function build(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'ignore' })
}

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Starts a command. */
export function start(args: readonly string[], options: SpawnOptions = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [main, ...args], { ...options, stdio: 'pipe' }) as ChildProcessWithoutNullStreams
}

/** Runs a command to its end. */
export function spoor(args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = start(args, options)
    let [out, err] = ['', '']
    child.stdout.on('data', (part) => (out += part))
    child.stderr.on('data', (part) => (err += part))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
  })
}

/** The objects of `--json`. */
export function objects(out: string): Record<string, unknown>[] {
  return out
    .split('\n')
    .filter((row) => row !== '')
    .map((row) => JSON.parse(row) as Record<string, unknown>)
}
