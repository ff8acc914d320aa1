// Makes 20 parallel calls of 5 to 200 ms, and 20 more when those are over, in one scope; compares what Spoor says of
// them with what was seen: node witness.mjs CLIENT PORT ROUNDS. Sends its findings, one per round.
import { setTimeout as wait } from 'node:timers/promises'
import { createSpoor, defineLogs } from '../../dist/index.js'
import { clients } from './clients.mjs'

const callsAtOnce = 20
const shortestMs = 5
const longestMs = 200
const pauseMs = 50

const [client, port, rounds] = process.argv.slice(2)
const call = clients[client]
const service = `http://127.0.0.1:${port}`
const logs = defineLogs({ files: false, root: { console: false }, loggers: { requests: { console: false } } })
const spoor = createSpoor({ service: 'bench', logs })

// What is compiled and loaded at a first call is not the matter.
for (let warm = 0; warm < 100; warm++) await Promise.all(Array.from({ length: callsAtOnce }, () => call(`${service}/`)))
for (let round = 0; round < Number(rounds); round++) process.send(await observed())
process.disconnect()

async function observed() {
  const { seen, calls } = await spoor.run({ account: 'acme' }, async () => {
    const seen = await wave('a')
    await wait(pauseMs)
    return { seen: [...seen, ...(await wave('b'))], calls: spoor.context().work.calls }
  })
  const told = new Map(calls.kept.map((each) => [each.route, each]))
  return {
    calls: seen.map((each) => compared(each, told.get(`/wait/${each.name}/:id`))),
    union: { told: calls.sum(performance.now()).ms, seen: unionMs(seen) },
  }
}

function wave(letter) {
  const step = (longestMs - shortestMs) / (callsAtOnce - 1)
  return Promise.all(
    Array.from({ length: callsAtOnce }, (_, index) =>
      seenCall(`${letter}${index}`, Math.round(shortestMs + index * step)),
    ),
  )
}

async function seenCall(name, ms) {
  const start = performance.now()
  const held = await call(`${service}/wait/${name}/${ms}`)
  return { name, start, end: performance.now(), held: held.to - held.from }
}

function compared({ start, end, held }, told) {
  const ms = told.end - told.start
  return { startMs: told.start - start, durationMs: ms - (end - start), seenMs: end - start, overServerMs: ms - held }
}

function unionMs(intervals) {
  let [ms, until] = [0, Number.NEGATIVE_INFINITY]
  for (const { start, end } of intervals.toSorted((a, b) => a.start - b.start)) {
    ms += Math.max(0, end - Math.max(start, until))
    until = Math.max(until, end)
  }
  return ms
}
