import type { RequestContext } from '../../context/request-context.js'
import { escapeText } from '../../safe-values/escape.js'
import { rememberedMessages } from '../../safe-values/remembered.js'
import type { Formatter } from '../entry.js'
import { isoTime } from '../iso-time.js'
import { type Level, levelNames } from '../levels.js'
import { lineMembers } from '../line.js'

const shown = rememberedMessages(escapeText)

/** `[time] [LEVEL] [logger] [pid] [request id] message {context and fields}`: the format of the console. */
export const verbose: Formatter = (entry, context, span) =>
  `[${isoTime(entry.time)}] [${levelNames[entry.level]}] [${entry.logger}] [${process.pid}] ` +
  `[${requestOf(context)}] ${shown(entry.message)} {${lineMembers(entry, context, span)}}`

const dim = '\u001b[2m'
const plain = '\u001b[0m'
const colours: Record<Level, string> = {
  trace: dim,
  debug: dim,
  info: '\u001b[32m',
  warn: '\u001b[93m',
  error: '\u001b[91m',
  fatal: '\u001b[97;41m',
}

/** `verbose` for a terminal: the level is coloured, the message plain, the rest dim. */
export const colouredVerbose: Formatter = (entry, context, span) =>
  `${dim}[${isoTime(entry.time)}]${plain} ${colours[entry.level]}[${levelNames[entry.level]}]${plain} ` +
  `[${entry.logger}] ${dim}[${process.pid}] [${requestOf(context)}]${plain} ` +
  `${shown(entry.message)} ${dim}{${lineMembers(entry, context, span)}}${plain}`

function requestOf(context: RequestContext | undefined): string {
  return context === undefined ? '-' : escapeText(context.requestId)
}
