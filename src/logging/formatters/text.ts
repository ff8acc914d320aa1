import type { RequestContext } from '../../context/request-context.js'
import { escapeText } from '../../safe-values/escape.js'
import { rememberedMessages } from '../../safe-values/remembered.js'
import type { Formatter } from '../entry.js'
import type { Level } from '../levels.js'
import { isoTime, lineMembers } from './members.js'

const shown = rememberedMessages(escapeText)
// A message that begins like the head of a verbose line would lose it when it is read back.
const verboseHead = /^\[(?=[\w.-]+\] \[\d{1,10}\] \[[^\]]*\] )/
const shownBehindLevel = rememberedMessages((message) => escapeText(message).replace(verboseHead, '\\u005b'))

const inCapitals: Record<Level, string> = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
}

/** `[time] [LEVEL] message {context and fields}`: what stands in the domain files. */
export const text: Formatter = (entry, context) =>
  `[${isoTime(entry.time)}] [${inCapitals[entry.level]}] ${shownBehindLevel(entry.message)} {${lineMembers(entry, context)}}`

/** `[time] [LEVEL] [logger] [pid] [request id] message {context and fields}`: what stands on the console. */
export const verbose: Formatter = (entry, context) =>
  `[${isoTime(entry.time)}] [${inCapitals[entry.level]}] [${entry.logger}] [${process.pid}] ` +
  `[${requestOf(context)}] ${shown(entry.message)} {${lineMembers(entry, context)}}`

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

/** `verbose` for a terminal: the message stands out, the level has its colour, the rest is dim. */
export const colouredVerbose: Formatter = (entry, context) =>
  `${dim}[${isoTime(entry.time)}]${plain} ${colours[entry.level]}[${inCapitals[entry.level]}]${plain} ` +
  `[${entry.logger}] ${dim}[${process.pid}] [${requestOf(context)}]${plain} ` +
  `${shown(entry.message)} ${dim}{${lineMembers(entry, context)}}${plain}`

function requestOf(context: RequestContext | undefined): string {
  return context === undefined ? '-' : escapeText(context.requestId)
}
