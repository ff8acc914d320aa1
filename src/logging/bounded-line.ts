import type { SpanIds } from '../context/active-span.js'
import type { RequestContext } from '../context/request-context.js'
import type { SafeValue } from '../safe-values/safe-value.js'
import type { Entry, Formatter } from './entry.js'

const shortestCut = 32

/**
 * Like `boundedLine`. No entry should make a formatter throw. If one does, its message and fields are lost, and the request continues.
 */
export function safeLine(
  format: Formatter,
  entry: Entry,
  context: RequestContext | undefined,
  maxBytes: number,
  span: SpanIds | undefined,
): string {
  try {
    return boundedLine(format, entry, context, maxBytes, span)
  } catch {
    const { level, logger } = entry
    const message = 'this entry could not be written'
    return format({ time: Date.now(), level, logger, message, fields: {} }, context, span)
  }
}

/**
 * Formats an entry as a line of at most `maxBytes` bytes, without the newline. If the line would be longer, its longest strings
 * are cut to one common length, and each cut is marked with the original length. If that is not enough, the fields are left out.
 */
export function boundedLine(
  format: Formatter,
  entry: Entry,
  context: RequestContext | undefined,
  maxBytes: number,
  span?: SpanIds | undefined,
): string {
  const line = format(entry, context, span)
  // A UTF-16 unit takes at most three bytes in UTF-8, so most lines need no count of bytes.
  if (line.length * 3 <= maxBytes || Buffer.byteLength(line) <= maxBytes) return line
  for (let most = maxBytes / 2; most >= shortestCut; most /= 2) {
    const shorter = format({ ...entry, ...cutStrings(entry, Math.floor(most)) }, context, span)
    if (Buffer.byteLength(shorter) <= maxBytes) return shorter
  }
  const fields = { cut: `fields of ${JSON.stringify(entry.fields).length} characters` }
  return format({ ...entry, message: cutText(entry.message, shortestCut), fields }, context, span)
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
