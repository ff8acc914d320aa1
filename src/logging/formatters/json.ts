import { escapeJson } from '../../safe-values/escape.js'
import { rememberedMessages } from '../../safe-values/remembered.js'
import type { Entry, Formatter } from '../entry.js'
import { isoTime, lineMembers } from './members.js'

/** One JSON object a line: time, level, logger, context, fields, message, in this order. */
export const json: Formatter = (entry, context) => `${head(entry)}${lineMembers(entry, context)}${tail(entry.message)}`

let last = { time: Number.NaN, level: '', text: '' }

function head({ time, level }: Entry): string {
  if (last.time === time && last.level === level) return last.text
  const text = escapeJson(`{"time":"${isoTime(time)}","level":"${level}",`)
  last = { time, level, text }
  return text
}

const tail = rememberedMessages((message) => escapeJson(`,"message":${JSON.stringify(message)}}`))
