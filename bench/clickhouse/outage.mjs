// What an outage of ClickHouse loses. Two services write the lines of 200 requests a second each, 6 of a request. The engine is killed,
// and starts again with its data. The lines of one fit into memory and files; those of the other, which are long, do not.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createClient, startEngine } from './engine.mjs'

const program = fileURLToPath(new URL('./outage-writer.mjs', import.meta.url))
const beforeMs = 5_000
const afterMs = 3_000
const MB = 2 ** 20
const services = [
  { of: 'within the bounds', spillBytes: 256 * MB, textBytes: 200 },
  { of: 'beyond them', spillBytes: 8 * MB, textBytes: 2_000 },
]

export async function outageOf(seconds) {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-bench-outage-'))
  let engine = await startEngine(directory)
  const client = createClient({ url: engine.url })
  const workers = []
  try {
    for (const { spillBytes, textBytes } of services) {
      const args = [engine.url, join(directory, `spill-${textBytes}`), String(spillBytes), String(textBytes)]
      // Lines without a place go to the console.
      const worker = fork(program, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
      workers.push(worker)
      await once(worker, 'message')
    }
    await later(beforeMs)
    await engine.stop()
    await later(seconds * 1_000)
    engine = await startEngine(directory, engine.port)
    const back = performance.now()
    await later(afterMs)
    const rows = []
    const told = await Promise.all(
      workers.map(async (worker) => {
        const answer = once(worker, 'message')
        worker.send('stop')
        return { ...(await answer)[0], ms: performance.now() - back }
      }),
    )
    for (const [at, one] of told.entries())
      rows.push(rowOf(services[at], seconds, one, await storedOf(client, one.name)))
    return rows
  } finally {
    for (const worker of workers) worker.kill('SIGKILL')
    await client.close()
    await engine.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

async function storedOf(client, service) {
  const query = `SELECT count() AS lines, uniqExact(LogAttributes['seq']) AS different FROM bench.otel_logs
    WHERE ServiceName = {service:String} AND mapContains(LogAttributes, 'seq')`
  const answer = await client.query({ query, query_params: { service }, format: 'JSONEachRow' })
  const [{ lines, different }] = await answer.json()
  return { lines: Number(lines), different: Number(different) }
}

function rowOf({ of, spillBytes, textBytes }, seconds, told, stored) {
  return {
    lines: `${of}: ${textBytes} bytes of text, files of ${spillBytes / MB} MB`,
    'for s': seconds,
    written: told.written,
    stored: stored.different,
    twice: stored.lines - stored.different,
    'counted as lost': told.lost,
    'not accounted for': told.written - stored.different - told.lost,
    'most in files': `${(told.mostSpilled / MB).toFixed(0)} MB`,
    'longest request, ms': told.longestMs.toFixed(1),
    'all stored after s': (told.ms / 1_000).toFixed(0),
  }
}
