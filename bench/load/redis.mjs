// A Redis of a benchmark's own, from Debian's redis-server.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('../../scripts/services/redis-up.sh', import.meta.url))

/** Starts a Redis. `start` starts it again after a kill, on the same port; with `keepsData`, also with its data. */
export function startRedis({ keepsData = false } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-bench-redis-'))
  const env = { ...process.env, REDIS_APPENDONLY: keepsData ? 'yes' : 'no' }
  const up = (...port) => JSON.parse(execFileSync('bash', [script, directory, ...port], { encoding: 'utf8', env }))
  const { url, port, pid } = up()
  return {
    url,
    pid,
    start: () => up(String(port)),
    stop: () => {
      execFileSync('bash', [script, '--stop', directory])
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** The answer of INFO as an object of texts. @param client a client of ioredis */
export async function infoOf(client, section = 'everything') {
  const text = await client.info(section)
  const lines = text.split('\r\n').filter((line) => line.includes(':'))
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))
}
