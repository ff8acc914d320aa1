import type { Formatter } from '../entry.js'
import { isoTime, jsonText, lineMembers } from './members.js'

/** One JSON object a line: time, level, logger, context, fields, message, in this order. */
export const json: Formatter = (entry, context) =>
  `{"time":"${isoTime(entry.time)}","level":"${entry.level}",${lineMembers(entry, context)},` +
  `"message":${jsonText(entry.message)}}`
