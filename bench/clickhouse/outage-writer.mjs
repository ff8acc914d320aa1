// A service of bench:clickhouse --only outage: node outage-writer.mjs URL DIRECTORY SPILL-BYTES TEXT-BYTES
// Writes the lines of 200 requests a second until it gets `stop`, then waits until nothing waits, and tells what it counted.
import { setTimeout as later } from 'node:timers/promises'
import { clickhouseLines } from '../../dist/clickhouse.js'
import { defineLogs } from '../../dist/index.js'
import { ClickHouseLogLevel, createClient } from './engine.mjs'

const [url, directory, spillBytes, textBytes] = process.argv.slice(2)
const [perSecond, perRequest] = [200, 6]
const patienceMs = 120_000
const name = `writer-${textBytes}`
const text = 'x'.repeat(Number(textBytes))
process.removeAllListeners('warning')

const client = createClient({ url, log: { level: ClickHouseLogLevel.OFF } })
const spill = { directory, maxBytes: Number(spillBytes) }
const handler = clickhouseLines({ client, database: 'bench', spill, service: name })
const logs = defineLogs({ files: false, console: false, loggers: { shop: { handlers: [handler] } } })
const logger = logs.get('shop')
let [written, requests, longestMs, mostWaiting, mostSpilled] = [0, 0, 0, 0, 0]

const since = performance.now()
const timer = setInterval(() => {
  const due = Math.floor(((performance.now() - since) * perSecond) / 1_000)
  for (; requests < due; requests++) {
    const began = performance.now()
    for (let line = 0; line < perRequest; line++)
      logger.info({ seq: written++, requestNumber: requests, text }, 'step of an order')
    longestMs = Math.max(longestMs, performance.now() - began)
  }
  const { lines, spilledBytes } = handler.waiting
  mostWaiting = Math.max(mostWaiting, lines)
  mostSpilled = Math.max(mostSpilled, spilledBytes)
}, 5)

process.once('message', async () => {
  clearInterval(timer)
  await logs.flush()
  const until = performance.now() + patienceMs
  const left = () => logs.health().reduce((sum, { keptLines }) => sum + keptLines, 0)
  while (left() > 0 && performance.now() < until) await later(100)
  const lost = logs.health().reduce((sum, { lostLines }) => sum + lostLines, 0)
  process.send({ name, written, lost, left: left(), longestMs, mostWaiting, mostSpilled })
})
process.once('disconnect', () => process.exit())
process.send('ready')
