import { setImmediate } from 'node:timers/promises'
import { Router } from 'express'
import { burn } from '../burn.js'
import { Refusal } from '../refusal.js'

const STEP_MS = 20
const LIMITS = { default: 300, min: 1, max: 5_000 }

/**
 * `POST /export?ms=` → 200 `{ ms, steps }`
 *
 * Uses the given CPU in steps of 20 ms. Other requests run only between two steps, so an export holds them up: to see in Spoor
 * who does that.
 */
export function exportRoute(): Router {
  return Router().post('/export', async (req, res) => {
    const ms = readMs(req.query.ms)
    let steps = 0
    for (let left = ms; left > 0; left -= STEP_MS) {
      burn(Math.min(left, STEP_MS))
      steps++
      await setImmediate()
    }
    res.json({ ms, steps })
  })
}

function readMs(text: unknown = String(LIMITS.default)): number {
  const ms = typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (ms >= LIMITS.min && ms <= LIMITS.max) return ms
  throw new Refusal(400, 'invalid_export', `ms: expected a whole number from ${LIMITS.min} to ${LIMITS.max}`)
}
