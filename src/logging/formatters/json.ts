import { escapeJson } from '../../safe-values/escape.js'
import type { Formatter } from '../entry.js'
import { lineMembers } from './members.js'

/** One JSON object a line: time, level, logger, context, fields, message, in this order. */
export const json: Formatter = (entry, context) =>
  `{"time":"${new Date(entry.time).toISOString()}","level":"${entry.level}",${lineMembers(entry, context)},` +
  `"message":${escapeJson(JSON.stringify(entry.message))}}`
