import type { Part } from '../../draw/kinds.js'
import { duration, type Shown } from '../../format/numbers.js'

/** Rounds parts to what the total shows, the largest remainders up, so that the figures add up. */
export function roundedParts(parts: readonly Pick<Part, 'ms'>[], totalMs: number): readonly Shown[] {
  const unit = unitOf(totalMs)
  const floors = parts.map(({ ms }) => Math.floor(ms / unit))
  let left = Math.round(totalMs / unit) - floors.reduce((sum, floor) => sum + floor, 0)
  const byRemainder = parts.map(({ ms }, at) => ({ at, rest: ms / unit - (floors[at] ?? 0) }))
  for (const { at } of byRemainder.sort((one, other) => other.rest - one.rest)) {
    if (left <= 0) break
    floors[at] = (floors[at] ?? 0) + 1
    left -= 1
  }
  return floors.map((units, at) => shownUnits(units, unit, parts[at]?.ms ?? 0))
}

/** What the last digit of the total stands for, in ms. */
function unitOf(totalMs: number): number {
  if (totalMs < 1) return 0.01
  if (totalMs < 9.95) return 0.1
  if (totalMs < 999.5) return 1
  if (totalMs < 9_995) return 10
  if (totalMs < 99_950) return 100
  return 6_000
}

function shownUnits(units: number, unit: number, exactMs: number): Shown {
  // Below the last digit of the total a part keeps figures of its own: they do not change the sum that is seen.
  if (units === 0) return duration(exactMs)
  const ms = units * unit
  if (unit < 1) return { digits: ms.toFixed(unit === 0.1 ? 1 : 2), unit: 'ms' }
  if (ms < 999.5) return { digits: ms.toFixed(0), unit: 'ms' }
  return duration(ms)
}
