import { duration, plain } from '../../../format/numbers.js'
import { cut } from '../../../format/texts.js'
import type { HeldUpBy, PoolHolder } from '../../../protocol.js'

/** A duration as text: `8.4 ms`. */
export function ms(value: number | undefined): string {
  return plain(duration(value))
}

/** A name of a caller, for a sentence or a label. */
export function named(text: string, max = 60): string {
  return cut(text, max)
}

/** The work that held a request up: `POST /api/v1/export of globex`. */
export function culpritName({ kind, id, method, route, account }: HeldUpBy): string {
  if (kind === 'other account') return 'another account'
  if (kind === 'unattributed') return 'unattributed code'
  const work =
    route === undefined ? `${kind} ${named(id ?? 'unknown', 40)}` : named(method ? `${method} ${route}` : route)
  return account === undefined ? work : `${work} of ${named(account, 40)}`
}

/** The work that had the connections: `/api/v1/posts of globex`. */
export function holderName({ kind, id, route, account }: PoolHolder): string {
  if (kind === 'other account') return 'another account'
  const word = kind === 'run' ? 'scope' : kind
  const work = route === undefined ? `${word} ${named(id ?? 'unknown', 40)}` : named(route)
  return account === undefined ? work : `${work} of ${named(account, 40)}`
}

// OpenTelemetry's db.system.name, as their makers write them.
const systems = new Map([
  ['postgresql', 'PostgreSQL'],
  ['mysql', 'MySQL'],
  ['mariadb', 'MariaDB'],
  ['sqlite', 'SQLite'],
  ['mongodb', 'MongoDB'],
  ['redis', 'Redis'],
  ['valkey', 'Valkey'],
  ['memcached', 'Memcached'],
  ['clickhouse', 'ClickHouse'],
  ['elasticsearch', 'Elasticsearch'],
  ['microsoft.sql_server', 'SQL Server'],
  ['oracle.db', 'Oracle'],
])

/** The name of a database or cache. */
export function systemName(system: string): string {
  return systems.get(system) ?? named(system, 30)
}

/** What a system's queries are called: those of a cache are commands. */
export function queryWord(system: string, count: number): string {
  const isCache = system === 'redis' || system === 'valkey' || system === 'memcached'
  if (isCache) return count === 1 ? 'command' : 'commands'
  return count === 1 ? 'query' : 'queries'
}
