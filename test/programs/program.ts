// Runs small programs against the sources in processes of their own: what happens at exit, on a pipe or after an
// uncaught exception can only be seen from outside.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What a program did. */
export interface Outcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

const cache = join(root, 'node_modules/.cache')
const dayMs = 86_400_000

/** The sources as JavaScript in a folder inside the project, where packages resolve. */
let compiled: string | undefined

function compile(): string {
  if (compiled !== undefined) return compiled
  // All test files share one folder, also those of the next run: to compile takes ten seconds of CPU.
  const folder = join(cache, `spoor-programs-${versionOfSources()}`)
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true })
    removeOld()
    compileTo(folder)
  }
  compiled = join(folder, 'dist')
  return compiled
}

/** Tells the sources from those before a change. */
function versionOfSources(): string {
  const hash = createHash('sha256')
  const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.ts$/.test(name),
  )
  for (const name of [...names.sort().map((name) => join('src', name)), 'package.json', 'tsconfig.build.json'])
    hash.update(`${name} ${statSync(join(root, name)).mtimeMs}\n`)
  return hash.digest('hex').slice(0, 16)
}

function compileTo(folder: string): void {
  const draft = mkdtempSync(join(cache, 'spoor-draft-'))
  // Some tests run programs as another user.
  chmodSync(draft, 0o755)
  // Beside its package.json, as in the package.
  copyFileSync(join(root, 'package.json'), join(draft, 'package.json'))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  // Types are another test's business, and Node 20 cannot run TypeScript itself.
  const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', join(draft, 'dist'), '--noCheck']
  execFileSync(process.execPath, args, { cwd: root })
  try {
    renameSync(draft, folder)
  } catch (error) {
    // Another test file was faster.
    rmSync(draft, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
}

/** Removes the folders of earlier sources. */
function removeOld(): void {
  for (const name of readdirSync(cache).filter((name) => /^spoor-(?:programs|draft)-/.test(name))) {
    const age = Date.now() - (statSync(join(cache, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    if (age > dayMs) rmSync(join(cache, name), { recursive: true, force: true })
  }
}

/** Whether a user could run programs here: a home folder may be closed to others. */
export function canRunAs(uid: number): boolean {
  const imports = `await import(${JSON.stringify(join(compile(), 'index.js'))})`
  return spawnSync(process.execPath, ['--input-type=module', '-e', imports], { uid, cwd: '/' }).status === 0
}

let programs = 0

function nameOf(number: number): string {
  return `program-${process.pid}${String(number).padStart(4, '0')}.mjs`
}

function removeOwn(): void {
  for (let n = 0; n < programs; n++) rmSync(join(compile(), nameOf(n)), { force: true })
}

/** Writes a program that may `import … from 'spoor'` (or `'spoor/logging/…'`, any source file), and gives its path. */
export function writeProgram(source: string): string {
  const folder = compile()
  const file = join(folder, nameOf(programs++))
  if (programs === 1) process.once('exit', removeOwn)
  writeFileSync(file, source.replaceAll("'spoor'", "'./index.js'").replaceAll("'spoor/", "'./"))
  return file
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  readonly uid?: number
  /** A descriptor for standard output; default a pipe. */
  readonly stdout?: number
  /** What a shell's `ulimit` sets before, as `-S -n 40`. */
  readonly limits?: string
}

/** The environment of the tests, without the variables that change what a program does. */
function cleanEnv(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    SPOOR_FILES: undefined,
    SPOOR_LEVEL: undefined,
    SPOOR_CONSOLE: undefined,
    NODE_OPTIONS: undefined,
  }
}

/** Starts a program with pipes for its standard streams. */
export function startProgram(source: string, { env = {}, stdout, limits, ...options }: RunOptions = {}): ChildProcess {
  const [node, file] = [process.execPath, writeProgram(source)]
  const limited = ['-c', `ulimit ${limits}; exec "$0" "$1"`, node, file]
  return spawn(limits === undefined ? node : 'bash', limits === undefined ? [file] : limited, {
    ...options,
    env: { ...cleanEnv(), ...env },
    stdio: ['pipe', stdout ?? 'pipe', 'pipe'],
  })
}

/** Runs a program in a shell pipeline: `reader` is the command that reads its standard output. */
export function runPiped(source: string, reader: string, { env = {}, ...options }: RunOptions = {}): Promise<Outcome> {
  const pipeline = `set -o pipefail; "$1" "$2" | { ${reader}; }`
  const args = ['-c', pipeline, 'pipeline', process.execPath, writeProgram(source)]
  return outcomeOf(spawn('bash', args, { ...options, env: { ...cleanEnv(), ...env }, stdio: 'pipe' }))
}

/** Runs a program to its end. */
export function runProgram(source: string, options: RunOptions = {}): Promise<Outcome> {
  return outcomeOf(startProgram(source, options))
}

/** Reads a program's output until it ends. */
export async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  child.stdout?.on('data', (chunk: Buffer) => chunks.stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => chunks.stderr.push(chunk))
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve([code, signal]))
  })
  return { code, signal, stdout: `${Buffer.concat(chunks.stdout)}`, stderr: `${Buffer.concat(chunks.stderr)}` }
}
