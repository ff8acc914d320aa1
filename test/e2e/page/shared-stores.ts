// A Redis and a ClickHouse for the example, so that the tests of the page run over shared stores:
// `SPOOR_STORES=shared`, as `npm run test:shared` sets it.
import { join } from 'node:path'
import { parseLine } from '../../../src/logging/parser.js'
import { type ClickHouseClient, clickhouseLines } from '../../../src/records/clickhouse/clickhouse.js'
import { type Chdb, clientOf, startChdb } from '../../chdb/chdb.js'
import { type Redis, startRedis } from '../services.js'

/** Whether records are in Redis and log lines in ClickHouse, instead of memory and files. */
export const isShared: boolean = process.env['SPOOR_STORES'] === 'shared'

const database = 'publisher'

/** The stores of one service. They outlive its processes. */
export class SharedStores {
  readonly #redis: Redis
  readonly #chdb: Chdb
  readonly #client: ReturnType<typeof clientOf>
  readonly #lines: ReturnType<typeof clickhouseLines>

  private constructor(redis: Redis, chdb: Chdb) {
    this.#redis = redis
    this.#chdb = chdb
    this.#client = clientOf(chdb)
    const client = this.#client as unknown as ClickHouseClient
    this.#lines = clickhouseLines({ client, database, spill: false, service: 'publisher' })
  }

  /** @param directory where they keep their data */
  static async start(directory: string): Promise<SharedStores> {
    const redis = await startRedis({ dir: join(directory, 'redis') })
    return new SharedStores(redis, await startChdb({ dir: join(directory, 'chdb') }))
  }

  /** The environment with which the example uses them. */
  get env(): Readonly<Record<string, string>> {
    return { REDIS_URL: this.#redis.url, CLICKHOUSE_URL: this.url(true) }
  }

  /** The address of the lines, for the command line or, with its password, for a service. */
  url(withPassword: boolean): string {
    const { user, password, port } = this.#chdb
    return `http://${user}${withPassword ? `:${password}` : ''}@127.0.0.1:${port}/${database}`
  }

  get password(): string {
    return this.#chdb.password
  }

  /** Sends lines of a log file, as another process of the service would. */
  write(text: string): void {
    const lines = text.split('\n').flatMap((line) => jsonOf(line) ?? [])
    this.#lines.write(Buffer.from(lines.join('')), lines.length)
  }

  /** Resolves once all lines are stored. */
  flush(): Promise<void> {
    return this.#lines.flush()
  }

  async stop(): Promise<void> {
    await this.#lines.close()
    await this.#client.close()
    await this.#chdb.stop('SIGKILL')
    await this.#redis.stop()
  }
}

/** The JSON line of an entry; undefined for what Spoor did not write. */
function jsonOf(line: string): string | undefined {
  if (line.startsWith('{')) return `${line}\n`
  const parsed = parseLine(line)
  if (parsed === undefined) return undefined
  const { time, level, logger, requestId, parentId, traceId, account, message, fields } = parsed
  const ids = { requestId, parentId, traceId, account }
  return `${JSON.stringify({ time: new Date(time).toISOString(), level, logger, ...ids, ...fields, message })}\n`
}
