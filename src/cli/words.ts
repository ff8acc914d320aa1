import { bold, dim, type Paint, red } from '../logging/formatters/pretty/colours.js'
import { repeatedIn } from '../logging/formatters/pretty/repeated-fields.js'
import { splitByWidth, textWidth } from '../logging/formatters/pretty/width.js'
import { escapeJson, escapeText } from '../safe-values/escape.js'
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

/**
 * The fields of a line: `postId=7 site=blog.example`. Texts with spaces are quoted. Fields whose values the message says already are
 * left out.
 */
export function fieldsText(fields: Readonly<Record<string, SafeValue>>, message: string, paint: Paint): string {
  const repeated = repeatedIn(message, fields)
  return Object.entries(fields)
    .filter(([name]) => !repeated.has(name))
    .map(([name, value]) => `${paint(dim, `${escapeText(name)}=`)}${valueText(value)}`)
    .join(' ')
}

function valueText(value: SafeValue): string {
  if (typeof value === 'string' && /^[^\s"'=]+$/.test(value)) return escapeText(value)
  return escapeJson(JSON.stringify(value) ?? 'null')
}

/** The type and the message of an error. */
export function briefError(error: SafeValue): string {
  if (typeof error !== 'object' || error === null || Array.isArray(error)) return String(error)
  return `${String(error['type'] ?? 'Error')}: ${String(error['message'] ?? '')}`
}

/** The width of a text with colours. Colours take no room. All other escape sequences were made visible before. */
export function shownWidth(text: string): number {
  return textWidth(text.replace(/\u001b\[[\d;]*m/g, ''))
}

/** Cuts a text without colours to `width` columns; `…` stands for the rest. */
export function cutToWidth(text: string, width: number): string {
  return textWidth(text) <= width ? text : `${splitByWidth(text, Math.max(1, width - 1))[0]}…`
}

/** A text with spaces behind it up to `width` columns; a longer one is cut. */
export function toWidth(text: string, width: number): string {
  const cut = cutToWidth(text, width)
  return cut + ' '.repeat(Math.max(0, width - textWidth(cut)))
}

/** Breaks a text into rows of at most `width` columns, at spaces. Later rows begin with `indent`. */
export function wrapped(text: string, width: number, indent: string): string[] {
  const rows: string[] = []
  const lead = /^ */.exec(text)?.[0] ?? ''
  const [first = '', ...words] = text.slice(lead.length).split(' ')
  let row = lead + first
  for (const word of words) {
    const next = `${row} ${word}`
    if (shownWidth(next) <= width) row = next
    else {
      rows.push(row.trimEnd())
      row = indent + word
    }
  }
  return [...rows, row]
}

export function strong(text: string, paint: Paint): string {
  return paint(bold, text)
}
