import { bold, dim, type Paint, red, requestColour } from '../../logging/formatters/pretty/colours.js'
import { queriesNote } from '../../logging/formatters/pretty/request-row.js'
import type { ShownLine } from '../../reading/story/story.js'
import { escapeText } from '../../safe-values/escape.js'
import { briefError, clock, fieldsText, levelSigns, shownWidth } from '../words.js'

const idCharacters = 8

/**
 * One line as a row: time, sign of the level, logger, message, fields, account and the end of the request's id.
 *
 * @param columns the width of the screen; undefined without a terminal
 */
export function tailText(line: ShownLine, columns: number | undefined, paint: Paint): string {
  const { time = '', level = '', logger = '', message = '', fields = {}, account, requestId, text, file } = line
  if (line.time === undefined) return `${paint(dim, escapeText(file))}  ${escapeText(text ?? '')}`
  const [sign = ' ', colour = ''] = levelSigns[level] ?? []
  const isRequest = logger === 'requests'
  const { error, ...rest } = fields
  const note = isRequest ? escapeText(queriesNote(fields)) : fieldsText(rest, message, paint)
  const failure = error === undefined || isRequest ? '' : `  ${paint(red, escapeText(briefError(error)))}`
  const name = isRequest ? '' : `${paint(dim, escapeText(logger))}  `
  const head = `${paint(dim, clock(Date.parse(time)))} ${paint(colour, sign)} ${name}${escapeText(message)}`
  const body = `${head}${note === '' ? '' : `  ${note}`}${failure}`
  const tail = tailOf(account, requestId, paint)
  return tail === '' ? body : body + ' '.repeat(gapOf(shownWidth(body), shownWidth(tail), columns)) + tail
}

/** The space between a row and its end, which stands at the right edge: of a row that is too long, in its last row. */
function gapOf(body: number, tail: number, columns: number | undefined): number {
  if (columns === undefined) return 2
  const used = (body + tail) % columns
  const gap = (columns - used) % columns
  const isOneRow = body + 2 + tail <= columns
  return isOneRow || gap >= 2 ? gap : gap + columns
}

function tailOf(account: string | undefined, requestId: string | undefined, paint: Paint): string {
  const who = account === undefined ? '' : paint(bold, escapeText(account.slice(0, 24)))
  if (requestId === undefined) return who
  const id = `${requestId.length > idCharacters ? '…' : ''}${escapeText(requestId.slice(-idCharacters))}`
  return [who, paint(requestColour(requestId), id)].filter((part) => part !== '').join(' ')
}
