import { bold, dim, type Paint, red, requestColour } from '../../logging/formatters/pretty/colours.js'
import { queriesNote } from '../../logging/formatters/pretty/request-row.js'
import { textWidth } from '../../logging/formatters/pretty/width.js'
import type { ShownLine } from '../../reading/story/story.js'
import { escapeText } from '../../safe-values/escape.js'
import { briefError, clock, fieldsText, levelSigns } from '../words.js'

const idCharacters = 8

/** One line as a row: time, sign of the level, logger, message, fields, account and the end of the request's id. */
export function tailText(line: ShownLine, columns: number, paint: Paint): string {
  const { time = '', level = '', logger = '', message = '', fields = {}, account, requestId, text, file } = line
  if (line.time === undefined) return `${paint(dim, escapeText(file))}  ${escapeText(text ?? '')}`
  const [sign = ' ', colour = ''] = levelSigns[level] ?? []
  const isRequest = logger === 'requests'
  const { error, ...rest } = fields
  const note = isRequest ? escapeText(queriesNote(fields)) : fieldsText(rest, paint)
  const failure = error === undefined || isRequest ? '' : `  ${paint(red, escapeText(briefError(error)))}`
  const name = isRequest ? '' : `${paint(dim, escapeText(logger))}  `
  const head = `${paint(dim, clock(Date.parse(time)))} ${paint(colour, sign)} ${name}${escapeText(message)}`
  const body = `${head}${note === '' ? '' : `  ${note}`}${failure}`
  const tail = tailOf(account, requestId, paint)
  const width = textWidth(withoutColours(body)) + textWidth(withoutColours(tail))
  return tail === '' ? body : `${body}${' '.repeat(Math.max(2, columns - width))}${tail}`
}

function tailOf(account: string | undefined, requestId: string | undefined, paint: Paint): string {
  const who = account === undefined ? '' : paint(bold, escapeText(account.slice(0, 24)))
  if (requestId === undefined) return who
  const id = `${requestId.length > idCharacters ? '…' : ''}${escapeText(requestId.slice(-idCharacters))}`
  return [who, paint(requestColour(requestId), id)].filter((part) => part !== '').join(' ')
}

/** Colours take no room. All other escape sequences were made visible before. */
function withoutColours(text: string): string {
  return text.replace(/\u001b\[[\d;]*m/g, '')
}
