import { bold, dim, type Paint, red } from '../logging/formatters/pretty/colours.js'
import { textWidth } from '../logging/formatters/pretty/width.js'
import { escapeText } from '../safe-values/escape.js'
import type { SafeValue } from '../safe-values/safe-value.js'

/** The kinds of time. */
export type TimeKind = 'cpu' | 'queries' | 'outgoing' | 'held' | 'other' | 'unknown'

/** The colours of the kinds of time, as in the inspector. */
export const kindColours: Readonly<Record<TimeKind, string>> = {
  cpu: '33',
  queries: '38;5;141',
  outgoing: '34',
  held: '35',
  other: dim,
  unknown: dim,
}

export const levelSigns: Readonly<Record<string, readonly [sign: string, colour: string]>> = {
  warn: ['▲', '93'],
  error: ['◆', red],
  fatal: ['◆', red],
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** A time in the zone of the reader: `14:03:07.412`, before it `24 Nov` unless it is today. */
export function clock(ms: number, now: number = Date.now()): string {
  const at = new Date(ms)
  if (Number.isNaN(at.getTime())) return '-'
  const two = (value: number): string => String(value).padStart(2, '0')
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`
  const today = new Date(now)
  if (at.toDateString() === today.toDateString()) return time
  const year = at.getFullYear() === today.getFullYear() ? '' : ` ${at.getFullYear()}`
  return `${at.getDate()} ${months[at.getMonth()]}${year} ${time}`
}

/** The fields of a line: `postId=7 site=blog.example`. Texts with spaces are quoted. */
export function fieldsText(fields: Readonly<Record<string, SafeValue>>, paint: Paint): string {
  return Object.entries(fields)
    .map(([name, value]) => `${paint(dim, `${escapeText(name)}=`)}${valueText(value)}`)
    .join(' ')
}

function valueText(value: SafeValue): string {
  if (typeof value === 'string' && /^[^\s"'=]+$/.test(value)) return escapeText(value)
  return escapeText(JSON.stringify(value) ?? 'null')
}

/** The type and the message of an error. */
export function briefError(error: SafeValue): string {
  if (typeof error !== 'object' || error === null || Array.isArray(error)) return String(error)
  return `${String(error['type'] ?? 'Error')}: ${String(error['message'] ?? '')}`
}

/** Breaks a text into rows of at most `width` columns, at spaces. Later rows begin with `indent`. */
export function wrapped(text: string, width: number, indent: string): string[] {
  const rows: string[] = []
  let row = ''
  for (const word of text.split(' ')) {
    const next = row === '' ? word : `${row} ${word}`
    if (row !== '' && textWidth(next) > width) {
      rows.push(row)
      row = indent + word
    } else row = next
  }
  return [...rows, row]
}

export function strong(text: string, paint: Paint): string {
  return paint(bold, text)
}
