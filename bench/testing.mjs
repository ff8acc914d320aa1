// bench:testing — what a capture costs a test: a request with five lines and three queries, captured, and with logs that write
// nowhere; and captureSpoor with close.
//   node testing.mjs [--requests 2000] [--rounds 5]
// Each request is a job of its own in this process, without a network. In both cases all requests are measured. The figures are the
// CPU of the process, which a busy machine changes less than time.
import { parseArgs } from 'node:util'
import { createSpoor, defineLogs } from 'spoor'
import { captureSpoor } from 'spoor/testing'
import { machine, median, table, writeResult } from './report.mjs'

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '2000' }, rounds: { type: 'string', default: '5' } },
})
const requests = Number(values.requests)

/** @param {import('spoor').Spoor} spoor @param {import('spoor').Logs<'billing'>} logs */
function ask(spoor, logs) {
  return spoor.runChild(spoor.carry({ name: 'payment' }), {}, async () => {
    for (let n = 0; n < 3; n++) {
      await spoor.follow({ system: 'postgresql', text: 'SELECT * FROM posts WHERE id = $1' }, async () => [])
    }
    for (let n = 0; n < 5; n++) logs.get('billing').info({ order: n }, 'paid')
  })
}

/** The CPU of each call, in ms. */
async function msEach(count, fn) {
  const since = process.cpuUsage()
  for (let n = 0; n < count; n++) await fn()
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1_000 / count
}

async function round() {
  const console = false
  const logs = defineLogs({ console, files: false, loggers: { billing: {} } })
  const plain = createSpoor({ service: 'test', logs, tracking: { mode: 'all' } })
  const without = await msEach(requests, () => ask(plain, logs))
  await plain.close()
  const captured = await captureSpoor({ loggers: { billing: {} } })
  const during = await msEach(requests, () => ask(captured.spoor, captured.logs))
  const reading = await msEach(1, () => captured.lines())
  await captured.close()
  const opening = await msEach(200, async () => (await captureSpoor({ loggers: { billing: {} } })).close())
  return { without, during, reading: reading / requests, opening }
}

await round()
const rounds = []
for (let n = 0; n < Number(values.rounds); n++) rounds.push(await round())
const of = (name) => median(rounds.map((one) => one[name]))
const rows = [
  { what: 'a request, logs that write nowhere', 'CPU, ms': of('without').toFixed(3) },
  { what: 'a request, captured', 'CPU, ms': of('during').toFixed(3) },
  { what: 'lines(), for each request', 'CPU, ms': of('reading').toFixed(3) },
  { what: 'captureSpoor and close', 'CPU, ms': of('opening').toFixed(3) },
]
console.log(`\n${requests} requests, ${values.rounds} rounds, Node ${process.version}, ${machine()}\n`)
console.log(table(rows))
writeResult('testing', process.version, { requests, rows })
