// A real MariaDB from Debian's packages, on a Unix socket only. Its data is in a temporary folder.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface MariaDb {
  /** For the option `socketPath` of mysql2; user `root`, no password, an empty database `test`. */
  readonly socketPath: string
  /** Ends it with all its connections, and removes its data. */
  stop(): Promise<void>
}

/** The programs that MariaDB needs. */
export const mariaDbPrograms = ['mariadbd', 'mariadb-install-db', 'mariadb', 'setpriv']

const isRoot = process.getuid?.() === 0
// A user's PATH may lack the sbin folders, where Debian puts mariadbd.
const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` }

/** Starts an empty MariaDB: 1 s, on a busy machine 5 s. It ends with this process. */
export async function startMariaDb(): Promise<MariaDb> {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-mariadb-'))
  const [data, socketPath] = [join(folder, 'data'), join(folder, 'socket')]
  const settings = [
    '--no-defaults',
    ...(isRoot ? ['--user=root'] : []),
    `--datadir=${data}`,
    '--innodb-log-file-size=16M',
  ]
  const install = [...settings, '--auth-root-authentication-method=normal', '--skip-test-db']
  await promisify(execFile)('mariadb-install-db', install, { env })
  const options = [...settings, `--socket=${socketPath}`, '--skip-networking', '--innodb-flush-log-at-trx-commit=0']
  const server = spawn('setpriv', ['--pdeathsig', 'TERM', 'mariadbd', ...options], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise((resolve) => server.once('close', resolve))
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await ready(server)
    const sql = ['--no-defaults', `--socket=${socketPath}`, '-uroot', '-e', 'create database test']
    await promisify(execFile)('mariadb', sql, { env })
  } catch (error) {
    await stop()
    throw error
  }
  return { socketPath, stop }
}

/** Waits until it takes connections. Fails with its output if it ends before. */
function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    server.once('error', reject)
    server.once('close', () => reject(new Error(`MariaDB did not start:\n${said}`)))
    server.stderr?.on('data', (chunk: Buffer) => {
      said += chunk
      if (said.includes('ready for connections')) resolve()
    })
  })
}
