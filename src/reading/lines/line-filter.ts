import { type Level, levelNumbers } from '../../logging/levels.js'
import type { ParsedLine } from '../../logging/parser.js'
import { isOfProcess, isProcess, unknownInstance } from '../../records/process-name.js'

/** Selects log lines. An absent member matches every line. */
export interface LineFilter {
  /** The logger; several: any of them. */
  readonly loggers?: readonly string[] | undefined
  /** This level or a higher one. */
  readonly level?: Level | undefined
  readonly account?: string | undefined
  /** The request or job, and what it started. */
  readonly requestId?: string | undefined
  /** A part of the message, in any case. */
  readonly text?: string | undefined
  /** The process, of lines that name it: its host, its pid, or both with a colon or space between. */
  readonly process?: string | undefined
  /** Fields by name: each must have this value, as text. */
  readonly fields?: Readonly<Record<string, string>> | undefined
  /** Written at or after `from`, and before `to`, ms since the epoch. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** Makes the test of a filter. `from` and `to` count, too. */
export function lineTest(filter: LineFilter): (line: ParsedLine) => boolean {
  const { loggers, level, account, requestId, text, process, fields = {}, from, to } = filter
  const tests: ((line: ParsedLine) => boolean)[] = []
  if (loggers !== undefined && loggers.length > 0) tests.push(({ logger }) => loggers.includes(logger))
  if (level !== undefined) tests.push((line) => levelNumbers[line.level] >= levelNumbers[level])
  if (account !== undefined) tests.push((line) => line.account === account)
  if (requestId !== undefined) tests.push((line) => line.requestId === requestId || line.parentId === requestId)
  if (from !== undefined) tests.push(({ time }) => time >= from)
  if (to !== undefined) tests.push(({ time }) => time < to)
  if (text !== undefined) {
    const wanted = text.toLowerCase()
    tests.push(({ message }) => message.toLowerCase().includes(wanted))
  }
  if (process !== undefined) tests.push((line) => isLineOf(line, process))
  for (const [name, wanted] of Object.entries(fields)) tests.push((line) => textOfField(line, name) === wanted)
  return (line) => tests.every((test) => test(line))
}

/**
 * Makes a test of a line's text before it is parsed. Every format writes the logger's name as a JSON string, so a line without that
 * text is of another logger.
 */
export function textTest({ loggers = [] }: LineFilter): (text: string) => boolean {
  // The text of other names depends on how they are escaped.
  if (loggers.length === 0 || !loggers.every((name) => /^[\w.:-]+$/.test(name))) return () => true
  const quoted = loggers.map((name) => `"${name}"`)
  return (text) => quoted.some((name) => text.includes(name))
}

/** Lines have a pid if they are of `requests`, or the service adds it; a host, if the service adds it. */
function isLineOf({ fields }: ParsedLine, wanted: string): boolean {
  const { pid, instance, hostname } = fields
  if (typeof instance === 'string') return isProcess(instance, wanted)
  if (typeof pid !== 'number') return false
  return isOfProcess({ instance: typeof hostname === 'string' ? `${hostname}:${pid}` : unknownInstance, pid }, wanted)
}

/** A field as text; undefined for objects and lists. What the service added by `spoor.add` is in the field `fields`. */
function textOfField({ fields }: ParsedLine, name: string): string | undefined {
  const added = fields['fields']
  const own = typeof added === 'object' && added !== null && !Array.isArray(added) ? added : undefined
  const value = Object.hasOwn(fields, name)
    ? fields[name]
    : own !== undefined && Object.hasOwn(own, name)
      ? own[name]
      : undefined
  return value === undefined || (typeof value === 'object' && value !== null) ? undefined : String(value)
}
