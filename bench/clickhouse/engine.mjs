// ClickHouse's engine (chdb), served over ClickHouse's HTTP protocol by test/chdb (npm run test:clickhouse installs it).
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const folder = new URL('../../test/chdb/', import.meta.url)

/** The official client, from the package of the engine. */
export const { createClient, ClickHouseLogLevel } = createRequire(new URL('package.json', folder))('@clickhouse/client')

/** Starts a server on a directory. It may be that of a server that was killed. @returns its URL, port and `stop` */
export async function startEngine(directory, port = 0) {
  const server = fileURLToPath(new URL('server.mjs', folder))
  const child = spawn(process.execPath, [server, join(directory, 'data'), String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended(child)])
  const listening = Number(line.split(' ')[1])
  return {
    url: `http://127.0.0.1:${listening}`,
    port: listening,
    pid: child.pid,
    stop: async () => {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

async function ended(child) {
  const [code] = await once(child, 'exit')
  throw new Error(`chdb ended with ${code}`)
}
