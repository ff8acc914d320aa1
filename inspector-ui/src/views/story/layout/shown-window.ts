import type { Interval } from './intervals.js'

/** Reads `120..300`. */
export function windowOf(text: string | null): Interval | undefined {
  const [from, to, more] = (text ?? '').split('..')
  const shown = { from: numberOf(from) ?? Number.NaN, to: numberOf(to) ?? Number.NaN }
  return more === undefined && shown.to > shown.from ? shown : undefined
}

/** Reads a number of the URL; undefined for anything else. */
export function numberOf(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined || text.trim() === '') return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}
