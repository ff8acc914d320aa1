import { duration, grouped, type Shown, unknown } from '../../format/numbers.js'

interface Unit {
  readonly name: string
  readonly ms: number
  readonly decimals: number
}

/** The unit in which all times of a column or a sum can be compared. */
export function unitFor(maxMs: number): Unit {
  if (maxMs >= 36_000_000) return { name: 'min', ms: 60_000, decimals: 1 }
  if (maxMs >= 10_000) return { name: 's', ms: 1_000, decimals: 1 }
  if (maxMs >= 1_000) return { name: 's', ms: 1_000, decimals: 2 }
  return { name: 'ms', ms: 1, decimals: maxMs >= 100 ? 0 : 1 }
}

/** A time in a given unit: `922.6 s`. A time that would round to 0 reads `< 0.1 s`, since 0 says that there was none. */
export function timeIn(ms: number | undefined, unit: Unit): Shown {
  if (ms === undefined || !Number.isFinite(ms)) return unknown
  if (ms === 0) return { digits: '0', unit: unit.name }
  const value = ms / unit.ms
  if (ms > 0 && Number(value.toFixed(unit.decimals)) === 0) {
    return { digits: `< ${(10 ** -unit.decimals).toFixed(unit.decimals)}`, unit: unit.name }
  }
  return { digits: withDecimals(value, unit.decimals), unit: unit.name }
}

/** A number with thin spaces between its thousands, and decimals. */
export function withDecimals(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals)
  const [whole = '', part] = text.split('.')
  const sign = value < 0 && Number(text) !== 0 ? '−' : ''
  return `${sign}${grouped(Number(whole))}${part === undefined ? '' : `.${part}`}`
}

/**
 * Rounds the parts of a sum so that what is shown adds up to the sum that is shown: the parts with the largest rests are
 * rounded up.
 *
 * @returns whole multiples of `step`, as numbers of steps
 */
export function roundedParts(parts: readonly number[], step: number): readonly number[] {
  const exact = parts.map((part) => (Number.isFinite(part) ? part / step : 0))
  const steps = exact.map(Math.floor)
  const total = Math.round(exact.reduce((sum, value) => sum + value, 0))
  let missing = total - steps.reduce((sum, value) => sum + value, 0)
  const byRest = exact.map((value, at) => ({ at, rest: value - Math.floor(value) }))
  byRest.sort((one, other) => other.rest - one.rest)
  for (const { at } of byRest) {
    if (missing <= 0) break
    steps[at] = (steps[at] ?? 0) + 1
    missing -= 1
  }
  return steps
}

/** A share in percent with two decimals, as CPU accounting shows it. */
export function finePercent(share: number): Shown {
  return Number.isFinite(share) ? { digits: withDecimals(share * 100, 2), unit: '%' } : unknown
}

/** A short number on an axis or at a band: `0.2`, `300`, `1.2 K`, `3.4 M`. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return unknown.digits
  const size = Math.abs(value)
  if (size > 0 && size < 0.005) return '< 0.01'
  if (size < 1) return String(Number(value.toPrecision(2)))
  if (size >= 999_500) return `${trimmed(value / 1e6)} M`
  if (size >= 9_995) return `${trimmed(value / 1e3)} K`
  return size >= 1_000 ? grouped(value) : trimmed(value)
}

/** Three significant digits without trailing zeros. */
export function trimmed(value: number): string {
  return String(Number(value.toPrecision(3)))
}

/** A time at a band or an axis: `0`, `40 ms`, `1.5 s`, `2 min`. */
export function shortTime(ms: number): string {
  if (!(ms > 0)) return '0'
  if (ms < 999.5) return `${trimmed(ms)} ms`
  if (ms < 59_950) return `${trimmed(ms / 1_000)} s`
  return ms < 3_597_000 ? `${trimmed(ms / 60_000)} min` : `${trimmed(ms / 3_600_000)} h`
}

/** A mean time: of nothing there is none. */
export function each(ms: number | undefined, count: number): number | undefined {
  return ms === undefined || count === 0 ? undefined : ms / count
}

export { duration }
