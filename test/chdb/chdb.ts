// A real ClickHouse engine for tests, in a process of its own (server.mjs). Left out, by name, where it is not installed:
// `describe.skipIf(!hasChdb)('…')`. `npm run test:clickhouse` installs it (546 MB) and runs these tests.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Whether the engine is installed on this machine. */
export const hasChdb: boolean = existsSync(at('./node_modules/chdb/package.json'))

/** Where a server keeps its data, and who may ask it. */
export interface ChdbOptions {
  /** The folder of its data: a new one, or that of a server that ended. */
  readonly dir: string
  /** Default: any free port. */
  readonly port?: number
  readonly user?: string
  readonly password?: string
}

/** A running server. */
export interface Chdb {
  /** `http://127.0.0.1:port` */
  readonly url: string
  readonly port: number
  readonly pid: number
  readonly user: string
  readonly password: string
  /** Ends it with a signal, and waits for its end. Default `SIGTERM`; `SIGKILL` ends it as a crash would. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** The part of `@clickhouse/client` that tests use. */
export interface TestClient {
  query(of: {
    query: string
    format: 'JSONEachRow'
    query_params?: Record<string, unknown>
  }): Promise<{ json(): Promise<unknown> }>
  command(of: { query: string; query_params?: Record<string, unknown> }): Promise<unknown>
  insert(of: { table: string; values: readonly unknown[]; format: 'JSONEachRow' }): Promise<unknown>
  close(): Promise<void>
}

/** Starts a server; resolves when it answers. */
export async function startChdb({ dir, port = 0, user = 'spoor', password = 'secret-9' }: ChdbOptions): Promise<Chdb> {
  const child = spawn(process.execPath, [at('./server.mjs'), dir, String(port), user, password], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  const listening = await listeningPort(child)
  return {
    url: `http://127.0.0.1:${listening}`,
    port: listening,
    pid: child.pid as number,
    user,
    password,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      await ended
    },
  }
}

/** A client of the official package, as a service would make it. The caller closes it. */
export function clientOf({ url, user, password }: Pick<Chdb, 'url' | 'user' | 'password'>): TestClient {
  const { createClient, ClickHouseLogLevel } = createRequire(at('./package.json'))('@clickhouse/client')
  return createClient({ url, username: user, password, log: { level: ClickHouseLogLevel.OFF } })
}

/** A client of a user who was granted rights on tables of its own, and on none of the system beside those that everybody may read. */
export function withoutSystem(client: TestClient): TestClient {
  const query: TestClient['query'] = async (of) => {
    const [table] = /\bsystem\.(?!(?:databases|tables|columns)\b)\w+/.exec(of.query) ?? []
    if (table === undefined) return client.query(of)
    const message = `reader: Not enough privileges. To execute this query, it's necessary to have the grant SELECT ON ${table}.`
    throw Object.assign(new Error(message), { code: '497', type: 'ACCESS_DENIED' })
  }
  return { ...bound(client), query }
}

function bound(client: TestClient): TestClient {
  const exec = (of: unknown): unknown => (client as unknown as { exec(of: unknown): unknown }).exec(of)
  const methods = {
    exec,
    command: client.command.bind(client),
    insert: client.insert.bind(client),
    close: client.close.bind(client),
  }
  return { ...methods, query: client.query.bind(client) }
}

/** The rows of a query. */
export async function rowsOf<Row>(
  client: TestClient,
  query: string,
  query_params: Record<string, unknown> = {},
): Promise<Row[]> {
  const answer = await client.query({ query, query_params, format: 'JSONEachRow' })
  return (await answer.json()) as Row[]
}

async function listeningPort(child: ChildProcess): Promise<number> {
  let said = ''
  const keep = (piece: Buffer): void => {
    said = `${said}${piece}`.slice(-4_000)
  }
  child.stderr?.on('data', keep)
  child.stdout?.on('data', keep)
  for (;;) {
    const found = /listening (\d+)/.exec(said)
    if (found !== null) return Number(found[1])
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the server of chdb ended: ${said}`)
    await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), once(child, 'exit')])
  }
}
