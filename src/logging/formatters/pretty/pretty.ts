import type { Entry, Formatter } from '../../entry.js'
import { isoTime } from '../../iso-time.js'
import { bold, dim, type Paint } from './colours.js'
import { errorRows, stackRows } from './errors.js'
import { keyText, valueText } from './fields.js'
import { ShownErrors } from './request-row.js'
import { layOut, type Piece, pieceOf, wordsOf } from './rows.js'
import { type Tail, tails } from './tail.js'
import { type View, viewOf } from './view.js'
import { textWidth } from './width.js'

/** Where pretty entries are shown. */
export interface Screen {
  readonly paint: Paint
  /** The width now; undefined where it is unknown, as in a pipe. */
  columns(): number | undefined
}

const timeWidth = 12
const labelWidth = 5
const loggerColour = dim
// From this width on, the messages of all loggers begin in one column.
const wide = 100
const maxLoggerColumn = 13
// Longer rows wrap, so that on a wide screen the id is not far from the message.
const maxRowColumns = 140
// Below this, an entry is a paragraph.
const minMessageColumns = 16
const minIndentRoom = 40
const narrowIndent = 4

/**
 * Makes the format for people: a row for each entry, and more rows where an entry is wide or has errors. Call the result
 * with the name of each logger; it returns the logger's formatter.
 */
export function prettyConsole(screen: Screen): (logger: string) => Formatter {
  const { paint } = screen
  const shownErrors = new ShownErrors()
  const tailOf = tails(paint)
  let loggerColumn = 0
  const format: Formatter = (entry, context) => {
    const view = viewOf(entry, context, shownErrors)
    const columns = screen.columns()
    const tail = context === undefined ? undefined : tailOf(context)
    const head = headOf(entry, view, columns !== undefined && columns >= wide ? loggerColumn : 0)
    const edge = columns === undefined ? undefined : Math.min(columns, maxRowColumns)
    const row = oneRow(view, head, tail, edge, paint) ?? severalRows(view, head, tail, edge as number, paint)
    if (view.errors.length === 0 && view.stack === undefined) return row
    const style = { paint, columns, isRed: view.isRed, hasFrames: view.hasFrames }
    const stack = view.stack === undefined ? [] : stackRows(view.stack, style)
    return [row, ...stack, ...view.errors.flatMap(([name, error]) => errorRows(name, error, style))].join('\n')
  }
  return (logger) => {
    if (logger !== 'requests') loggerColumn = Math.max(loggerColumn, Math.min(logger.length, maxLoggerColumn))
    return format
  }
}

/** Time, level and logger. */
interface Head {
  readonly time: string
  readonly label: string
  readonly logger: string
  readonly width: number
}

function headOf({ time }: Entry, view: View, loggerColumn: number): Head {
  const label = view.label.padEnd(labelWidth)
  const logger = view.logger.padEnd(loggerColumn)
  const width = timeWidth + 1 + labelWidth + 1 + (logger === '' ? 0 : logger.length + 2)
  // Without the date.
  return { time: isoTime(time).slice(11, 23), label, logger, width }
}

/** The entry as one row; undefined if it does not fit. */
function oneRow(view: View, head: Head, tail: Tail | undefined, columns: number | undefined, paint: Paint) {
  const tailWidth = tail === undefined ? 0 : tail.width + 2
  let width = head.width + textWidth(view.message) + tailWidth
  if (columns !== undefined && width > columns) return undefined
  let fields = view.note === '' ? '' : `  ${view.note}`
  width += textWidth(fields)
  for (const [key, value] of view.fields) {
    const [name, text] = [`${keyText(key)}=`, valueText(value)]
    fields += `${fields === '' ? '  ' : ' '}${paint(dim, name)}${text}`
    width += textWidth(name) + textWidth(text) + 1
    if (columns !== undefined && width > columns) return undefined
  }
  if (view.fields.length > 0 && view.note === '') width++
  if (columns !== undefined && width > columns) return undefined
  const row = `${headText(head, view, paint)}${messageText(view, paint)}${fields}`
  if (tail === undefined) return row
  const gap = columns === undefined ? 0 : columns - width
  return `${row}${' '.repeat(gap + 2)}${tail.shown}`
}

function headText({ time, label, logger }: Head, { labelColour }: View, paint: Paint): string {
  const start = `${paint(dim, time)} ${paint(labelColour, label)} `
  return logger === '' ? start : `${start}${paint(loggerColour, logger)}  `
}

function messageText({ message, messageColour, status }: View, paint: Paint): string {
  if (status === undefined) return paint(messageColour, message)
  const { at, length, colour } = status
  return `${message.slice(0, at)}${paint(colour, message.slice(at, at + length))}${message.slice(at + length)}`
}

/** The entry in rows: the first has the account and the id at its end, the fields begin a row of their own. */
function severalRows(view: View, head: Head, tail: Tail | undefined, columns: number, paint: Paint): string {
  const tailWidth = tail === undefined ? 0 : tail.width + 2
  if (columns - head.width - tailWidth < minMessageColumns) return paragraph(view, head, tail, columns, paint)
  const indent = ' '.repeat(columns - head.width < minIndentRoom ? narrowIndent : head.width)
  const firstTaken = head.width + tailWidth
  const pieces = [...messagePieces(view, columns - firstTaken, paint), ...fieldPieces(view, paint, true)]
  const rows = layOut(pieces, { columns, firstTaken, indent, firstEnd: tail?.shown })
  return `${headText(head, view, paint)}${rows.join('\n')}`
}

/** The entry as words one after the other, for a narrow screen. */
function paragraph(view: View, head: Head, tail: Tail | undefined, columns: number, paint: Paint): string {
  const word = (text: string, colour: string): Piece[] =>
    text === '' ? [] : [pieceOf(text, (part) => paint(colour, part))]
  const pieces = [
    ...word(head.time, dim),
    ...word(view.label, view.labelColour),
    ...word(view.logger, loggerColour),
    ...messagePieces(view, 0, paint),
    ...fieldPieces(view, paint, false),
    ...word(tail?.account ?? '', bold),
    ...word(tail?.id ?? '', tail?.colour ?? ''),
  ]
  return layOut(pieces, { columns, firstTaken: 0, indent: ' ' }).join('\n')
}

/** The message as one piece if it fits into `room` columns, else as words. */
function messagePieces(view: View, room: number, paint: Paint): Piece[] {
  const { message, messageColour, status } = view
  if (message === '') return []
  if (textWidth(message) <= room) return [pieceOf(message, () => messageText(view, paint))]
  const plain = (part: string): string => paint(messageColour, part)
  if (status === undefined) return wordsOf(message, plain)
  const [before, after] = [message.slice(0, status.at), message.slice(status.at + status.length + 1)]
  const text = message.slice(status.at, status.at + status.length)
  const coloured = pieceOf(text, (part) => paint(status.colour, part))
  return [...wordsOf(before, plain), coloured, ...wordsOf(after, plain)]
}

function fieldPieces({ fields, note }: View, paint: Paint, breaks: boolean): Piece[] {
  const pieces = note === '' ? [] : wordsOf(note, plainText, 1, breaks)
  for (const [key, value] of fields) {
    const name = `${keyText(key)}=`
    // A part of a field that was cut has no name.
    const shown = (part: string): string =>
      part.startsWith(name) ? `${paint(dim, name)}${part.slice(name.length)}` : part
    pieces.push(pieceOf(`${name}${valueText(value)}`, shown, 1, breaks && pieces.length === 0))
  }
  return pieces
}

const plainText = (text: string): string => text
