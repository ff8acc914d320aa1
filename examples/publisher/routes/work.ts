import { setImmediate, setTimeout } from 'node:timers/promises'
import { Router } from 'express'
import { burn } from '../burn.js'
import { Refusal } from '../refusal.js'

interface Work {
  cpuMs: number
  waitMs: number
  allocKb: number
  chunks: number
}

const LIMITS: Record<keyof Work, { default: number; min: number; max: number }> = {
  cpuMs: { default: 0, min: 0, max: 2_000 },
  waitMs: { default: 0, min: 0, max: 10_000 },
  allocKb: { default: 0, min: 0, max: 65_536 },
  chunks: { default: 1, min: 1, max: 100 },
}

/**
 * `GET /work?cpuMs=&waitMs=&allocKb=&chunks=` → 200 with the same four numbers
 *
 * Uses the given CPU, memory and time in chunks, to show what requests cost
 * and how they delay each other.
 */
export function workRoute(): Router {
  return Router().get('/work', async (req, res) => {
    const work = readWork(req.query)
    for (let chunk = 0; chunk < work.chunks; chunk++) {
      const share = (total: number): number => part(total, chunk, work.chunks)
      allocate(share(work.allocKb))
      burn(share(work.cpuMs))
      await rest(share(work.waitMs))
    }
    res.json(work)
  })
}

function readWork(query: Record<string, unknown>): Work {
  return {
    cpuMs: readNumber(query, 'cpuMs'),
    waitMs: readNumber(query, 'waitMs'),
    allocKb: readNumber(query, 'allocKb'),
    chunks: readNumber(query, 'chunks'),
  }
}

function readNumber(query: Record<string, unknown>, name: keyof Work): number {
  const limits = LIMITS[name]
  const text = query[name] ?? String(limits.default)
  const value = typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value >= limits.min && value <= limits.max) return value
  throw new Refusal(400, 'invalid_work', `${name}: expected a whole number from ${limits.min} to ${limits.max}`)
}

/** Whole parts that add up to the total: 10 in 3 parts is 3, 3, 4. */
function part(total: number, index: number, count: number): number {
  return Math.floor((total * (index + 1)) / count) - Math.floor((total * index) / count)
}

/** Fills the JavaScript heap: an array of 128 numbers takes 1 KB. */
function allocate(kb: number): void {
  const kept: number[][] = []
  for (let i = 0; i < kb; i++) kept.push(new Array<number>(128).fill(i))
}

/** Lets other requests run. */
async function rest(ms: number): Promise<void> {
  if (ms === 0) await setImmediate()
  else await setTimeout(ms)
}
