import { escapeText, unescapeText } from '../safe-values/escape.js'
import { ownMembers } from '../safe-values/own-member.js'
import type { SafeValue } from '../safe-values/safe-value.js'
import { lineMembers } from './field-names.js'
import type { Members } from './formatters/dialects/dialect.js'
import { readerOf } from './formatters/dialects/dialects.js'
import { type Level, levels } from './levels.js'

/** A line that Spoor wrote, parsed. Ids and account come only from the line's object, never from its message. */
export interface ParsedLine {
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly level: Level
  readonly logger: string
  readonly requestId?: string
  readonly parentId?: string
  readonly traceId?: string
  /** The span of OpenTelemetry in which the entry was logged. */
  readonly spanId?: string
  readonly account?: string
  readonly message: string
  /** The entry's own fields. One whose name Spoor uses itself keeps the name it has in the line: `account_`. */
  readonly fields: Readonly<Record<string, SafeValue>>
}

const textHead = /^\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\] \[([A-Z]{4,5})\] /
// Every object that Spoor writes begins with this text. A message may contain it, too, but the message stands before the line's
// own object. The object itself cannot contain it again: quotes within its strings are escaped.
const objectStart = ' {"logger":'

/**
 * Parses a line in any format except `pretty` (`text`, `verbose`, `json`, `gcp`, `ecs`, `datadog`), without colours. The lines of
 * one entry in `json` and in a dialect give the same result. docs/logs.md describes the formats.
 *
 * @example parseLine('[2026-11-20T09:00:00.000Z] [INFO] published {"logger":"publish_sync"}')?.message // 'published'
 * @returns undefined for a line that Spoor did not write
 */
export function parseLine(line: string): ParsedLine | undefined {
  if (line.startsWith('{')) return parsedJson(line)
  const head = textHead.exec(line)
  const start = line.lastIndexOf(objectStart)
  if (head === null || start < head[0].length - 1) return undefined
  const parsed = membersOf(line.slice(start + 1))
  if (parsed === undefined) return undefined
  const members = ownMembers(parsed)
  const message = unescapeText(withoutVerboseHead(line.slice(head[0].length, start), members))
  return assembled({ time: head[1], level: head[2]?.toLowerCase(), ...members, message })
}

function parsedJson(line: string): ParsedLine | undefined {
  const members = membersOf(line)
  if (members === undefined) return undefined
  const read = readerOf(line)
  return assembled(read === undefined ? members : (read(ownMembers(members) as Members) as Record<string, unknown>))
}

function membersOf(json: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(json) as Record<string, unknown>
  } catch {
    return undefined
  }
}

/**
 * Removes `[logger] [pid] [request id] ` from the text of a verbose line. The line's object has the same logger and request id, so
 * a message that only looks like such a prefix stays whole.
 */
function withoutVerboseHead(text: string, { logger, requestId }: Record<string, unknown>): string {
  const before = `[${logger}] [`
  const after = `] [${typeof requestId === 'string' ? escapeText(requestId) : '-'}] `
  if (!text.startsWith(before)) return text
  const pid = text.slice(before.length, text.indexOf(']', before.length))
  const isHead = /^\d{1,10}$/.test(pid) && text.startsWith(after, before.length + pid.length)
  return isHead ? text.slice(before.length + pid.length + after.length) : text
}

/**
 * Makes a parsed line of its own members only: `account` decides who may read the line, so it must not come from
 * Object.prototype. Live lines and searches parse thousands of lines a second, and rest and spread would take most of the time.
 */
function assembled(members: Readonly<Record<string, unknown>>): ParsedLine | undefined {
  const line = Object.create(null) as Record<string, unknown>
  const fields = Object.create(null) as Record<string, unknown>
  for (const name of Object.keys(members)) {
    const value = members[name]
    if (!lineMembers.has(name)) fields[name] = value
    else if (typeof value === 'string') line[name] = value
  }
  const { time, level, logger, message } = line
  const at = time === undefined ? Number.NaN : Date.parse(time as string)
  if (Number.isNaN(at) || !levels.includes(level as Level) || logger === undefined || message === undefined)
    return undefined
  line['time'] = at
  line['fields'] = fields
  return line as unknown as ParsedLine
}
