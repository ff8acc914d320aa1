// What the servers do: a small answer, many awaits, and work whose true cost is known.
import { readFile } from 'node:fs/promises'
import { setTimeout as later } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openCpuClock } from '../../dist.inside/usage/cpu-clock.js'

const clock = openCpuClock()
const file = fileURLToPath(import.meta.url)
const turn = () => new Promise((resolve) => setImmediate(resolve))
// One after the other: a turn of the loop, a timer, a promise that is settled, the thread pool, a turn.
const ways = [turn, () => later(1), () => Promise.resolve(), () => readFile(file), turn]

/** What each request truly burned, by its id. */
export const burned = new Map()

export function mount(app, spoor) {
  app.get('/json', (_request, response) => {
    response.json({ id: 8841, title: 'Autumn range', ok: true })
  })
  app.get('/awaits', async (_request, response) => {
    let sum = 0
    for (let step = 0; step < 66; step++) sum += await plusOne(step)
    response.json({ sum })
  })
  app.get('/burn/:ms', async (request, response) => {
    const ms = Number(request.params.ms)
    let truth = 0
    for (const way of ways) {
      await way()
      truth += burn(ms / ways.length)
    }
    burned.set(spoor.context().id, { ms, truth })
    response.json({ ms })
  })
}

async function plusOne(value) {
  await undefined
  return value + 1
}

/** Burns a fixed amount of work of about `ms`. @returns the CPU of this thread it took, read just before and after */
function burn(ms) {
  if (ms === 0) return 0
  const start = clock.cpuMs()
  spin(Math.round(ms * loopsPerMs))
  return clock.cpuMs() - start
}

let sink = 0
function spin(loops) {
  for (let loop = 0; loop < loops; loop++) sink += Math.sqrt(loop + sink)
}

function calibrate() {
  const rates = Array.from({ length: 20 }, () => {
    const start = clock.cpuMs()
    spin(2e5)
    return 2e5 / (clock.cpuMs() - start)
  })
  return rates.sort((a, b) => a - b)[10]
}
const loopsPerMs = calibrate()
