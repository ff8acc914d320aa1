import type { RequestContext } from '../context/request-context.js'
import type { SafeValue } from '../safe-values/safe-value.js'
import type { Entry, Formatter } from './entry.js'

const shortestCut = 32

/**
 * The line of an entry, at most `maxBytes` long without its newline: where it would be longer, its longest strings are
 * cut, all to one length, and say so; where that is not enough, its fields are left out.
 */
export function boundedLine(
  format: Formatter,
  entry: Entry,
  context: RequestContext | undefined,
  maxBytes: number,
): string {
  const line = format(entry, context)
  // No character takes more than three bytes of UTF-8 per unit of its length.
  if (line.length * 3 <= maxBytes || Buffer.byteLength(line) <= maxBytes) return line
  for (let most = maxBytes / 2; most >= shortestCut; most /= 2) {
    const shorter = format({ ...entry, ...cutStrings(entry, Math.floor(most)) }, context)
    if (Buffer.byteLength(shorter) <= maxBytes) return shorter
  }
  const fields = { cut: `fields of ${JSON.stringify(entry.fields).length} characters` }
  return format({ ...entry, message: cutText(entry.message, shortestCut), fields }, context)
}

function cutStrings({ message, fields }: Entry, most: number): Pick<Entry, 'message' | 'fields'> {
  return { message: cutText(message, most), fields: cutValue(fields, most) as Entry['fields'] }
}

function cutValue(value: SafeValue | Entry['fields'], most: number): SafeValue {
  if (typeof value === 'string') return cutText(value, most)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => cutValue(item, most))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cutValue(item as SafeValue, most)]))
}

function cutText(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…[cut: ${text.length} characters]`
}
