const printableAscii = /^[\x20-\x7e]*$/
// Without the spacing ones (Mc), such as the vowel signs of Devanagari: a terminal gives them a column.
const combining = /^[\p{Mn}\p{Me}]$/u
const emoji = /^\p{Emoji_Presentation}$/u
const pictograph = /^\p{Extended_Pictographic}$/u

/** Returns how many columns of a terminal a text takes: 2 for each wide character (CJK, emoji), 0 for combining marks. */
export function textWidth(text: string): number {
  if (printableAscii.test(text)) return text.length
  let width = 0
  for (const { columns } of charactersOf(text)) width += columns
  return width
}

/** Cuts a text into parts of at most `columns` columns, in linear time. A character stays whole. */
export function splitByWidth(text: string, columns: number): string[] {
  const parts: string[] = []
  let [from, at, width] = [0, 0, 0]
  for (const character of charactersOf(text)) {
    if (width > 0 && width + character.columns > columns) {
      parts.push(text.slice(from, at))
      from = at
      width = 0
    }
    at += character.length
    width += character.columns
  }
  parts.push(text.slice(from))
  return parts
}

interface Character {
  /** UTF-16 units. */
  readonly length: number
  readonly columns: number
}

// Code points instead of Intl.Segmenter, which takes a microsecond for each character: a line may have 65,536.
function* charactersOf(text: string): Generator<Character> {
  let [length, columns, isJoined] = [0, 0, false]
  for (const point of text) {
    const code = point.codePointAt(0) as number
    // Only a wide character joins with the next one. After a letter, a terminal shows the joined character in columns of its own.
    const isPart = columns === 2 && ((isJoined && pictograph.test(point)) || isPartOfWide(code))
    if (length > 0 && (isPart || isMark(code, point))) {
      length += point.length
      // The emoji variant of a narrow character, such as ❤️.
      if (code === emojiVariant) columns = 2
    } else {
      if (length > 0) yield { length, columns }
      length = point.length
      columns = columnsOf(code, point)
    }
    isJoined = code === joiner
  }
  if (length > 0) yield { length, columns }
}

const joiner = 0x200d
const emojiVariant = 0xfe0f

function isPartOfWide(code: number): boolean {
  const isSkinTone = code >= 0x1f3fb && code <= 0x1f3ff
  const isHangulTail = code >= 0x1160 && code <= 0x11ff
  return isSkinTone || isHangulTail
}

/** True for a code point without columns of its own. */
function isMark(code: number, point: string): boolean {
  return code >= 0x300 && (isZeroWidth(code) || combining.test(point))
}

function isZeroWidth(code: number): boolean {
  return (
    (code >= 0x200b && code <= joiner) || (code >= 0x2060 && code <= 0x2064) || (code >= 0xfe00 && code <= emojiVariant)
  )
}

function columnsOf(code: number, point: string): number {
  if (isMark(code, point)) return 0
  return isWide(code) || isEmoji(code, point) ? 2 : 1
}

// A flag is two regional indicators, each of which counts 1.
function isEmoji(code: number, point: string): boolean {
  return !(code >= 0x1f1e6 && code <= 0x1f1ff) && emoji.test(point)
}

// East Asian Width W and F (https://www.unicode.org/reports/tr11/), joined to the ranges that hold them. The first and
// the last code point of each range.
const wideRanges: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2630, 0x2637],
  [0x268a, 0x268f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18df2],
  [0x1aff0, 0x1b2fb],
  [0x1d300, 0x1d376],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
]

function isWide(code: number): boolean {
  return code >= 0x1100 && wideRanges.some(([first, last]) => code >= first && code <= last)
}
