import { splitByWidth, textWidth } from './width.js'

/** A part of an entry that stays in one row, if it fits. */
export interface Piece {
  readonly text: string
  /** Paints the text, or a part of it. */
  readonly paint: (text: string) => string
  /** Spaces before it, unless it begins a row. Default 1. */
  readonly gap?: number
  /** Begins a row. */
  readonly breaks?: boolean
}

/** The places of rows. Without `columns`, rows are as long as they need. */
export interface Room {
  readonly columns: number | undefined
  /** Of the first row: columns that are taken before and behind it. */
  readonly firstTaken: number
  /** What begins each further row. */
  readonly indent: string
  /** What stands at the end of the first row, two columns behind its room. */
  readonly firstEnd?: string | undefined
}

const minColumns = 4

/** Lays pieces out in rows. Only the first row has no indent. A piece that is longer than a row is cut. */
export function layOut(pieces: readonly Piece[], { columns, firstTaken, indent, firstEnd }: Room): string[] {
  const further = columns === undefined ? Number.POSITIVE_INFINITY : Math.max(minColumns, columns - textWidth(indent))
  let left = columns === undefined ? Number.POSITIVE_INFINITY : columns - firstTaken
  const rows: string[] = []
  let [row, isEmpty] = ['', true]
  const end = (): void => {
    const isFirst = rows.length === 0 && firstEnd !== undefined
    rows.push(isFirst ? `${row}${' '.repeat(left + 2)}${firstEnd}` : row)
  }
  const next = (): void => {
    end()
    row = indent
    isEmpty = true
    left = further
  }
  for (const { text, paint, gap = 1, breaks = false } of pieces) {
    const before = isEmpty ? 0 : gap
    const width = textWidth(text)
    if ((breaks && !isEmpty) || (width + before > left && (!isEmpty || left < further))) next()
    const parts = width > left ? splitByWidth(text, Math.min(left, further)) : [text]
    for (const [number, part] of parts.entries()) {
      if (number > 0) next()
      const space = isEmpty ? 0 : gap
      row += `${' '.repeat(space)}${paint(part)}`
      left -= textWidth(part) + space
      isEmpty = false
    }
  }
  end()
  return rows
}

/** The words of a text, as pieces. Several spaces in a row stay, except at the end of a row. */
export function wordsOf(text: string, paint: (text: string) => string, gap = 1): Piece[] {
  const pieces: Piece[] = []
  let spaces = gap - 1
  for (const word of text.split(' ')) {
    if (word === '') spaces++
    else {
      pieces.push({ text: word, paint, gap: spaces + 1 })
      spaces = 0
    }
  }
  return pieces
}
