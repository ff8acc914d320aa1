import { duration } from '../safe-values/duration.js'
import type { UsageSpan } from './usage.js'

const spanWords: Readonly<Record<UsageSpan, string>> = {
  '5m': 'the last 5 minutes',
  '10m': 'the last 10 minutes',
  '1h': 'the last hour',
  '24h': 'the last 24 hours',
}

/** A span inside a sentence: `the last hour`. */
export function spanSaid(span: UsageSpan): string {
  return spanWords[span]
}

const minute = 60_000
const hour = 60 * minute

/** Three significant digits and a unit, up to hours: `8.4 ms`, `9.4 min`, `3.25 h`. */
export function timeSaid(ms: number): string {
  if (ms < 0.9995 * minute) return duration(ms)
  return ms < 0.9995 * hour ? `${significant(ms / minute)} min` : `${significant(ms / hour)} h`
}

/** A part of a whole, without decimals: `60 %`. */
export function shareSaid(share: number): string {
  if (share < 0.005) return 'less than 1 %'
  return share >= 0.995 && share < 1 ? 'more than 99 %' : `${Math.round(share * 100)} %`
}

/** A number with separators, from a million on with three significant digits: `3,918`, `1.24 M`. */
export function numberSaid(value: number): string {
  if (Math.abs(value) >= 999_999.5) return withUnit(value, 1_000_000, ['M', 'G', 'T'], 1_000)
  const digits = Number.isInteger(value) ? 0 : 2
  return value.toLocaleString('en-US', { maximumFractionDigits: digits })
}

/** `512 bytes`, `8.4 KB`, `1.24 MB`. */
export function bytesSaid(bytes: number): string {
  if (bytes < 1_023.5) return `${numberSaid(Math.round(bytes))} ${Math.round(bytes) === 1 ? 'byte' : 'bytes'}`
  return withUnit(bytes, 1_024, ['KB', 'MB', 'GB', 'TB'], 1_024)
}

/** `1 request`, `3,918 requests`. */
export function counted(count: number, what: string, many = `${what}s`): string {
  return `${numberSaid(count)} ${count === 1 ? what : many}`
}

/** `3,918 requests of other accounts for 9.4 min` */
export function heldSaid(
  { requests, ms }: { readonly requests: number; readonly ms: number },
  of: 'account' | 'route',
): string {
  // An estimate may be less than one request.
  const count = Math.max(1, Math.round(requests))
  const others = of === 'account' ? `${counted(count, 'request')} of other accounts` : counted(count, 'other request')
  return `${others} for ${timeSaid(ms)}`
}

function withUnit(value: number, first: number, units: readonly string[], step: number): string {
  let scaled = value / first
  let unit = 0
  while (Math.abs(scaled) >= step - 0.5 && unit < units.length - 1) {
    scaled /= step
    unit++
  }
  return `${significant(scaled)} ${units[unit]}`
}

function significant(value: number): string {
  return Number(value.toPrecision(Math.abs(value) >= 1_000 ? 4 : 3)).toLocaleString('en-US', {
    maximumFractionDigits: 2,
  })
}
