import { isLate, lineTime } from '../line-time.js'
import type { OpenFile } from './open-file.js'

const pieceBytes = 4_096
/** How far a line with a time is looked for: stacks and lines of other programs have none, and late lines are out of order. */
const maxGap = 128
const headBytes = 64
const newline = 10

/** The time of the first line that begins at or after a place, with the place of that line. */
interface TimedLine {
  readonly at: number
  readonly time: number
}

/**
 * Finds the place before which all lines are older than `time`, by bisecting. Lines of several writers are in order up to a
 * few seconds, so the caller asks for an earlier time.
 */
export async function placeOfTime(file: OpenFile, time: number): Promise<number> {
  let low = 0
  let high = file.listed.bytes
  while (high - low > pieceBytes) {
    const middle = low + Math.floor((high - low) / 2)
    const line = await timedLineAfter(file, middle, high)
    if (line === undefined || line.time >= time) high = middle
    else low = line.at
  }
  return low
}

/** The time of the first line that has one; undefined if none of the first lines has. */
export async function firstTime(file: OpenFile): Promise<number | undefined> {
  return (await timedLineAfter(file, 0, file.listed.bytes))?.time
}

async function timedLineAfter(file: OpenFile, place: number, end: number): Promise<TimedLine | undefined> {
  const buffer = Buffer.allocUnsafe(pieceBytes)
  // One byte earlier: a line may begin exactly at the place.
  let from = Math.max(0, place - 1)
  let isAtLine = place === 0
  for (let piece = 0; piece < maxGap && from < end; piece++) {
    const bytes = buffer.subarray(0, await file.read(buffer, 0, pieceBytes, from))
    if (bytes.length === 0) return undefined
    const isLast = bytes.length < pieceBytes
    let at = isAtLine ? 0 : nextLine(bytes, 0)
    while (at >= 0 && at < bytes.length && (isLast || bytes.length - at >= headBytes)) {
      const time = lineTime(bytes.toString('latin1', at, at + headBytes))
      const next = nextLine(bytes, at)
      // The mark of a late line may stand in the next piece.
      if (next < 0 && at > 0 && !isLast) break
      if (time !== undefined && !isLate(bytes.toString('latin1', at, next < 0 ? undefined : next)))
        return { at: from + at, time }
      at = next
    }
    // Near the end of a piece, the head of a line may stand in two pieces: the next piece begins with that line.
    isAtLine = at >= 0
    from += isAtLine ? at : bytes.length
    if (isLast) return undefined
  }
  return undefined
}

/** Where the next line begins; -1 if not in these bytes. */
function nextLine(bytes: Buffer, from: number): number {
  const at = bytes.indexOf(newline, from)
  return at < 0 ? -1 : at + 1
}
