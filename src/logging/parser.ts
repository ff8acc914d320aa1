import { escapeText, unescapeText } from '../safe-values/escape.js'
import { ownMembers } from '../safe-values/own-member.js'
import type { SafeValue } from '../safe-values/safe-value.js'
import { type Level, levels } from './levels.js'

/** A line of Spoor's, read back. Ids and account come from its object only, never from its message. */
export interface ParsedLine {
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly level: Level
  readonly logger: string
  readonly requestId?: string
  readonly parentId?: string
  readonly traceId?: string
  readonly account?: string
  readonly message: string
  /** A field that clashed with a member of Spoor's bears the name it has in the line (`account_`). */
  readonly fields: Readonly<Record<string, SafeValue>>
}

const textHead = /^\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\] \[([A-Z]{4,5})\] /
// Every object that Spoor writes begins so. In a message it may stand, too, but before the line's own object; inside that object
// it cannot: there every quote of a string is escaped, and one that ends a string has no `{` before it but in it.
const objectStart = ' {"logger":'

/** Reads a line of any of the three formats, without colours. @returns undefined for a line of another program */
export function parseLine(line: string): ParsedLine | undefined {
  if (line.startsWith('{')) return parsedJson(line)
  const head = textHead.exec(line)
  const start = line.lastIndexOf(objectStart)
  if (head === null || start < head[0].length - 1) return undefined
  const members = membersOf(line.slice(start + 1))
  if (members === undefined) return undefined
  const message = unescapeText(withoutVerboseHead(line.slice(head[0].length, start), members))
  return assembled({ time: head[1], level: head[2]?.toLowerCase(), ...members, message })
}

function parsedJson(line: string): ParsedLine | undefined {
  const members = membersOf(line)
  return members && assembled(members)
}

function membersOf(json: string): Record<string, unknown> | undefined {
  try {
    // A member that the line lacks is nothing, whatever Object.prototype says: `account` decides who may read it.
    return ownMembers(JSON.parse(json) as Record<string, unknown>)
  } catch {
    return undefined
  }
}

/** The message of a verbose line stands behind `[logger] [pid] [request id] `; the object says what those must be. */
function withoutVerboseHead(text: string, { logger, requestId }: Record<string, unknown>): string {
  const before = `[${logger}] [`
  const after = `] [${typeof requestId === 'string' ? escapeText(requestId) : '-'}] `
  if (!text.startsWith(before)) return text
  const pid = text.slice(before.length, text.indexOf(']', before.length))
  const isHead = /^\d{1,10}$/.test(pid) && text.startsWith(after, before.length + pid.length)
  return isHead ? text.slice(before.length + pid.length + after.length) : text
}

function assembled(members: Record<string, unknown>): ParsedLine | undefined {
  const { time, level, logger, requestId, parentId, traceId, account, message, ...fields } = members
  const at = typeof time === 'string' ? Date.parse(time) : Number.NaN
  const isOurs = levels.includes(level as Level) && typeof logger === 'string' && typeof message === 'string'
  if (Number.isNaN(at) || !isOurs) return undefined
  const context = { requestId, parentId, traceId, account }
  return ownMembers({
    time: at,
    level: level as Level,
    logger,
    ...(Object.fromEntries(Object.entries(context).filter(([, value]) => typeof value === 'string')) as typeof context &
      object),
    message,
    fields: ownMembers(fields) as Record<string, SafeValue>,
  }) as ParsedLine
}
