import type { Shown } from '../../format/numbers.js'
import { unknown } from '../../format/numbers.js'

/** How long ago a time is, in one unit: `40 s`, `12 min`, `5.2 h`, `3.1 days`. Times in the future are now. */
export function ago(at: number, now: number): Shown {
  const ms = now - at
  if (!Number.isFinite(ms)) return unknown
  const s = Math.max(0, ms) / 1_000
  if (s < 60) return { digits: s.toFixed(0), unit: 's' }
  if (s < 5_970) return { digits: (s / 60).toFixed(0), unit: 'min' }
  if (s < 47.95 * 3_600) return { digits: (s / 3_600).toFixed(1), unit: 'h' }
  return { digits: (s / 86_400).toFixed(1), unit: 'days' }
}
