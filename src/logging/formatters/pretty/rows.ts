import { splitByWidth, textWidth } from './width.js'

/** A part of an entry that stays in one row, if it fits. */
export interface Piece {
  readonly text: string
  /** Paints the text, or a part of it. */
  readonly paint: (text: string) => string
  /** Spaces before it, unless it begins a row. */
  readonly gap: number
  /** Begins a row. */
  readonly breaks: boolean
}

/** Makes a piece. By default, one space stands before it, and it continues the row of the piece before if it fits. */
export function pieceOf(text: string, paint: Piece['paint'], gap = 1, breaks = false): Piece {
  return { text, paint, gap, breaks }
}

/** The places of rows. Without `columns`, rows are as long as they need. */
export interface Room {
  readonly columns: number | undefined
  /** The columns of the first row that are taken before and after the pieces. */
  readonly firstTaken: number
  /** The text at the beginning of each further row. */
  readonly indent: string
  /** The text at the end of the first row, two columns after the room for pieces. */
  readonly firstEnd?: string | undefined
}

const minColumns = 4

/** Lays pieces out in rows. Only the first row has no indent. A piece that is longer than a row is cut. */
export function layOut(pieces: readonly Piece[], { columns, firstTaken, indent, firstEnd }: Room): string[] {
  const further = columns === undefined ? Number.POSITIVE_INFINITY : Math.max(minColumns, columns - textWidth(indent))
  const rows: string[] = []
  let row = new Row('', columns === undefined ? Number.POSITIVE_INFINITY : columns - firstTaken)
  const end = (): void => {
    const isFirst = rows.length === 0 && firstEnd !== undefined
    rows.push(isFirst ? `${row.shown()}${' '.repeat(row.left + 2)}${firstEnd}` : row.shown())
  }
  const next = (): void => {
    end()
    row = new Row(indent, further)
  }
  for (const piece of pieces) {
    // The same row again, such as an empty line of a message that has thousands.
    if (piece.breaks && piece === row.only && rows.length > 0) {
      rows.push(row.shown())
      continue
    }
    const width = textWidth(piece.text)
    const isTooWide = width + row.gapOf(piece) > row.left
    if (!row.isEmpty && piece.breaks) next()
    else if (isTooWide && (!row.isEmpty || row.left < further)) next()
    if (width <= row.left) row.add(piece, piece.text, width)
    else {
      for (const [number, part] of splitByWidth(piece.text, Math.min(row.left, further)).entries()) {
        if (number > 0) next()
        row.add(piece, part, textWidth(part))
      }
    }
  }
  end()
  return rows
}

/** One row while it is filled. Words of one paint are painted together, so that a search finds them in coloured output. */
class Row {
  left: number
  isEmpty = true
  /** The piece that it consists of, if it is one whole piece. */
  only: Piece | undefined = undefined
  #shown: string
  #text = ''
  #paint: Piece['paint'] | undefined

  constructor(indent: string, columns: number) {
    this.#shown = indent
    this.left = columns
  }

  gapOf(piece: Piece): number {
    return this.isEmpty ? 0 : piece.gap
  }

  /** Adds a piece, or a part of it. */
  add(piece: Piece, text: string, width: number): void {
    this.only = this.isEmpty && text === piece.text ? piece : undefined
    const gap = this.gapOf(piece)
    const space = gap === 1 ? ' ' : ' '.repeat(gap)
    if (piece.paint === this.#paint) this.#text += `${space}${text}`
    else {
      this.#shown = `${this.shown()}${space}`
      this.#text = text
      this.#paint = piece.paint
    }
    this.left -= width + gap
    this.isEmpty = false
  }

  shown(): string {
    if (this.#paint !== undefined) {
      this.#shown = `${this.#shown}${this.#paint(this.#text)}`
      this.#text = ''
      this.#paint = undefined
    }
    return this.#shown
  }
}

// A duration and its unit are one word, so that "17 ms" stays in one row.
const betweenWords = / (?!(?:ms|s|min)(?: |$))/

/** The words of a text, as pieces. Several spaces in a row stay, except at the end of a row. */
export function wordsOf(text: string, paint: (text: string) => string, gap = 1, breaks = false): Piece[] {
  const pieces: Piece[] = []
  let spaces = gap - 1
  for (const word of text.split(betweenWords)) {
    if (word === '') spaces++
    else {
      pieces.push(pieceOf(word, paint, spaces + 1, breaks && pieces.length === 0))
      spaces = 0
    }
  }
  return pieces
}
