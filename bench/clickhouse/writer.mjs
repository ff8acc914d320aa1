// One run of bench:clickhouse --only lines: node writer.mjs file|clickhouse|nowhere PLACE LINES full|request|paced
// PLACE is a directory, or the URL of a server. Prints the CPU of the process for the lines, to their arrival, as JSON.
import { setTimeout as later, setImmediate as turn } from 'node:timers/promises'
import { clickhouseLines } from '../../dist/clickhouse.js'
import { createSpoor, defineLogs } from '../../dist/index.js'
import { createClient } from './engine.mjs'

const [name, place, count, mode] = process.argv.slice(2)
const lines = Number(count)
const warmUp = 20_000
const [perRequest, perSecond] = [10, 200]
/** As many may wait: beyond 16 MB, the handler refuses lines. */
const mayWait = 30_000

const handlers = {
  clickhouse: () => clickhouseLines({ client: createClient({ url: place }), spill: false }),
  nowhere: () => ({ format: 'json', write: () => {}, flush: async () => {}, close: async () => {} }),
}
const handler = handlers[name]?.()
const to = handler === undefined ? { file: 'app.log', format: 'json' } : { handlers: [handler] }
const logs = defineLogs({
  ...(handler === undefined ? { directory: place } : { files: false }),
  root: { console: false },
  loggers: { app: { ...to, console: false }, requests: { console: false } },
})
const { run } = createSpoor({ service: 'bench', logs })
const logger = logs.get('app')
let at = 0

await write(warmUp, mode === 'paced' ? 'full' : mode)
await logs.flush()
const before = process.resourceUsage()
const began = performance.now()
await write(warmUp + lines, mode)
await logs.flush()
const after = process.resourceUsage()
const wallMs = performance.now() - began
const lost = logs.health().reduce((sum, { lostLines, keptLines }) => sum + lostLines + keptLines, 0)
await logs.close()
const us = (name) => (after[name] - before[name]) / lines
console.log(JSON.stringify({ cpuUs: us('userCPUTime') + us('systemCPUTime'), wallMs, lost }))
process.exit()

/** `full`: a turn of the event loop every 100 lines, as bench:logging has it. `request`: every request. `paced`: 200 requests a second. */
async function write(until, how) {
  const since = performance.now()
  for (let requests = 1; at < until; requests++) {
    run({ requestId: `01a20cbd-6426-707a-a1ab-${String(at).padStart(12, '0')}`, account: 'acme' }, request)
    if (how === 'paced') await later(Math.max(0, since + (requests * 1_000) / perSecond - performance.now()))
    else if (how === 'request' || at % 100 === 0) await turn()
    while ((handler?.waiting?.lines ?? 0) > mayWait) await later(1)
  }
}

function request() {
  for (const end = at + perRequest; at < end; at++)
    logger.info(
      { seq: at, postId: 8841, site: 'blog.acme.example', ok: true },
      'post created on the site of the account',
    )
}
