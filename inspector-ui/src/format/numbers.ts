/** A number as people read it: the digits, and the unit that stands dim beside them. */
export interface Shown {
  readonly digits: string
  readonly unit: string
}

const thinSpace = '\u202f'

/** What stands where nothing is known. Unknown is never 0. */
export const unknown: Shown = { digits: '–', unit: '' }

/** A duration with three significant figures: `0.42 ms`, `8.4 ms`, `812 ms`, `2.41 s`, `9.4 min`. */
export function duration(ms: number | undefined): Shown {
  if (ms === undefined || !Number.isFinite(ms)) return unknown
  if (ms < 0.005) return { digits: '0', unit: 'ms' }
  if (ms < 1) return { digits: ms.toFixed(2), unit: 'ms' }
  if (ms < 9.95) return { digits: ms.toFixed(1), unit: 'ms' }
  if (ms < 999.5) return { digits: ms.toFixed(0), unit: 'ms' }
  if (ms < 9_995) return { digits: (ms / 1_000).toFixed(2), unit: 's' }
  if (ms < 99_950) return { digits: (ms / 1_000).toFixed(1), unit: 's' }
  if (ms < 5_997_000) return { digits: (ms / 60_000).toFixed(1), unit: 'min' }
  return { digits: (ms / 3_600_000).toFixed(1), unit: 'h' }
}

/** A size by 1024: `612 B`, `4.1 KB`, `84 KB`, `3.4 MB`. */
export function size(bytes: number | undefined): Shown {
  if (bytes === undefined || !Number.isFinite(bytes)) return unknown
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let value = bytes
  let at = 0
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024
    at += 1
  }
  return { digits: at > 0 && value < 9.95 ? value.toFixed(1) : value.toFixed(0), unit: units[at] ?? '' }
}

/** A whole number with thin spaces between thousands; from a million on `1.24 M`. */
export function count(value: number | undefined): Shown {
  if (value === undefined || !Number.isFinite(value)) return unknown
  if (value >= 999_500_000) return { digits: (value / 1e9).toFixed(2), unit: 'G' }
  if (value >= 1_000_000) return { digits: (value / 1e6).toFixed(2), unit: 'M' }
  return { digits: grouped(value), unit: '' }
}

/** A whole number with thin spaces between its thousands. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, thinSpace)
}

/** A share (0 to 1) in percent, without decimals. */
export function percent(share: number | undefined): Shown {
  if (share === undefined || !Number.isFinite(share)) return unknown
  const value = share * 100
  return { digits: value > 0 && value < 0.5 ? '< 1' : value.toFixed(0), unit: '%' }
}

/** A shown number as plain text, for titles and labels. */
export function plain({ digits, unit }: Shown): string {
  return unit === '' ? digits : `${digits} ${unit}`
}
