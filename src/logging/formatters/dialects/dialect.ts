import { escapeJson } from '../../../safe-values/escape.js'
import { rememberedMessages } from '../../../safe-values/remembered.js'
import type { SafeValue } from '../../../safe-values/safe-value.js'
import { CheckedEntry } from '../../encoded-entry.js'
import type { Entry, Formatter } from '../../entry.js'
import { isoTime } from '../../iso-time.js'
import type { Level } from '../../levels.js'
import { dialectFields } from './fields.js'
import type { Prefix } from './prefix.js'
import type { RequestFacts } from './request-facts.js'

/** The members of a line or of an object, by name. */
export type Members = Readonly<Record<string, SafeValue>>

/**
 * The format of a log service: JSON lines whose members have the names that the service knows. A field whose name the
 * service would misread gets a trailing `_`; `parseLine` removes it again.
 */
export interface Dialect {
  /** The text before the time of a line. */
  readonly timeStart: string
  /** The text after the time, with the level. */
  readonly levelMember: Readonly<Record<Level, string>>
  /** Where the message is: after the level, or at the end. */
  readonly messageAt: 'start' | 'end'
  /** The members of logger and context. */
  readonly prefix: Prefix
  /** A pattern for the beginnings of reserved names and of `error`. It may match other names, but must not miss one of these. */
  readonly nameStart: string
  /** True for a name that has a meaning for the service, or that Spoor writes. @param name without trailing `_` */
  isReserved(name: string, isRequest: boolean): boolean
  /** True for a field that may keep its reserved name, because the service expects such a value there. */
  fits(name: string, value: SafeValue): boolean
  /** The fields of a request line that `request` writes under other names. */
  readonly moved: ReadonlySet<string>
  /** The members of a request line: its facts under the names of the service. */
  request(facts: RequestFacts): string
  /** The members of a line that describe an error, under the names of the service. */
  error(error: ErrorMembers, level: Level): Members
  /** Turns the members of a line in this format into those of the same entry in the format `json`. */
  read(members: Members): Record<string, unknown>
}

/** An error as lines have it. */
export type ErrorMembers = Members & { readonly type: string; readonly message: string; readonly stack?: string }

/** Makes the formatter of a dialect. */
export function dialectFormat(dialect: Dialect): Formatter {
  const { timeStart, levelMember, messageAt, prefix } = dialect
  let last = { time: Number.NaN, level: '', text: '' }
  const start = ({ time, level }: Entry): string => {
    if (last.time === time && last.level === level) return last.text
    const text = escapeJson(`${timeStart}${isoTime(time)}${levelMember[level]}`)
    last = { time, level, text }
    return text
  }
  const fields = dialectFields(dialect)
  if (messageAt === 'start') {
    return (entry, context, span) =>
      `${start(entry)}"message":${messageText(entry)},${prefix(entry.logger, context, span)}${fields(entry)}}`
  }
  return (entry, context, span) =>
    `${start(entry)}${prefix(entry.logger, context, span)}${fields(entry)},"message":${messageText(entry)}}`
}

function messageText(entry: Entry): string {
  return entry instanceof CheckedEntry ? `"${entry.message}"` : anyMessage(entry.message)
}

const anyMessage = rememberedMessages((message) => escapeJson(JSON.stringify(message)))
