// ClickHouse's engine (chdb) as a target of bench:fleet, where test/chdb is installed: lines alone.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { exchanges } from './traffic.mjs'
import { processUse } from './use.mjs'

const folder = fileURLToPath(new URL('../../test/chdb/', import.meta.url))
const load = createRequire(join(folder, 'package.json'))

/** Why there is no such target, or undefined. */
export function missing() {
  if (existsSync(join(folder, 'node_modules/chdb'))) return undefined
  return 'ClickHouse: not installed (npm ci in test/chdb, 546 MB)'
}

export async function startTarget() {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-bench-chdb-'))
  const child = spawn(process.execPath, [join(folder, 'server.mjs'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [first] = await once(createInterface({ input: child.stdout }), 'line')
  const address = `http://127.0.0.1:${first.split(' ')[1]}`
  const client = load('@clickhouse/client').createClient({ url: address })
  const ask = async (query) => (await (await client.query({ query, format: 'JSONEachRow' })).json())[0]
  const { bavail, bsize } = statfsSync(directory)
  return {
    address,
    use: async () => {
      const parts = 'SELECT sum(rows) AS rows, sum(bytes_on_disk) AS disk FROM system.parts WHERE active'
      const { rows, disk } = await ask(`${parts} AND table = 'otel_logs' AND database = 'default'`)
      return {
        ...processUse(child.pid),
        rows: Number(rows ?? 0),
        rowBytes: Number(disk ?? 0),
        storedBytes: bytesIn(directory),
      }
    },
    limits: { cores: availableParallelism(), memoryBytes: totalmem() * 0.8, storedBytes: bavail * bsize * 0.9 },
    stop: async () => {
      await client.close()
      child.kill('SIGTERM')
      await once(child, 'exit')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** The lines of an instance, sent by spoor/clickhouse as they come from its loggers. */
export async function openInstance(address) {
  const { clickhouseLines } = await import('../../dist/clickhouse.js')
  const client = load('@clickhouse/client').createClient({ url: address })
  const handler = clickhouseLines({ client, spill: false })
  return {
    record: () => {},
    lines: (record, n) => {
      const lines = linesOf(record, n)
      handler.write(lines.bytes, lines.count)
    },
    beat: async () => {},
    settled: () => handler.flush(),
    close: async () => {
      await handler.close()
      await client.close()
    },
  }
}

/** The lines of the n-th exchange, with the ids and the time of its record. */
function linesOf({ requestId, startedAt }, n) {
  const { lines } = exchanges[n % exchanges.length]
  const texts = lines.map((line) => `${JSON.stringify({ ...line, time: startedAt, requestId })}\n`)
  return { bytes: Buffer.from(texts.join('')), count: texts.length }
}

function bytesIn(directory) {
  let bytes = 0
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    // Parts are merged and removed meanwhile.
    bytes += statSync(join(entry.parentPath ?? entry.path, entry.name), { throwIfNoEntry: false })?.size ?? 0
  }
  return bytes
}
