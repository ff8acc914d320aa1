import type { FoundLine } from '../find/hits.js'
import { maxLineBytes } from '../line-bounds.js'
import type { Needles } from './needles.js'
import type { OpenFile } from './open-file.js'

/** A piece of this size stays in the cache of a core: larger pieces take longer (Node 20 to 26). */
const chunkBytes = 2 ** 18
const firstChunkBytes = 2 ** 16
/** No id is longer. */
const maxOverlap = 1_024
const newline = 10

/** A part of a file, in bytes. */
export interface Part {
  readonly from: number
  readonly to: number
}

export interface ScanOptions {
  readonly file: OpenFile
  readonly part: Part
  readonly needles: Needles
  readonly buffers: ScanBuffers
  readonly found: (line: FoundLine) => void
  /** Called with each piece of at most 256 KB. @returns true to end the scan with that piece */
  readonly isPast?: ((head: Buffer) => boolean) | undefined
  readonly progress?: ((bytes: number) => void) | undefined
}

/** The memory of a scan. Scans that run one after the other share it. */
export type ScanBuffers = readonly [Buffer, Buffer]

export function scanBuffers(): ScanBuffers {
  return [Buffer.allocUnsafeSlow(maxOverlap + chunkBytes), Buffer.allocUnsafeSlow(maxOverlap + chunkBytes)]
}

/**
 * Finds the lines with one of the ids in a part of a file. While one piece is searched, the next one is read.
 *
 * @returns where the scan ended
 */
export async function scan({ file, part, needles, buffers, found, isPast, progress }: ScanOptions): Promise<number> {
  const overlap = Math.min(maxOverlap, Math.max(0, needles.length - 1))
  const fill = (index: number, at: number): number | Promise<number> => {
    // A search that knows its end usually needs no more than the first pieces.
    const size = isPast === undefined ? chunkBytes : Math.min(chunkBytes, firstChunkBytes * 2 ** Math.min(index, 10))
    return file.read(buffers[index & 1] as Buffer, maxOverlap, Math.min(size, part.to - at), at)
  }
  let searchedTo = part.from
  let kept = 0
  let at = part.from
  let reading = at < part.to ? fill(0, at) : 0
  for (let index = 0; at < part.to; index++) {
    const bytesRead = await reading
    if (bytesRead === 0) break
    const buffer = buffers[index & 1] as Buffer
    // Its head is searched too: a line that began in the piece before, or at the start of the file, ends there.
    const isLast = isPast?.(buffer.subarray(maxOverlap, maxOverlap + bytesRead)) === true
    const next = at + bytesRead
    reading = next < part.to && !isLast ? fill(index + 1, next) : 0
    const window = buffer.subarray(maxOverlap - kept, maxOverlap + bytesRead)
    const origin = at - kept
    const occurrences = needles.in(window)
    for (;;) {
      const place = occurrences.after(Math.max(0, searchedTo - origin))
      if (place < 0) break
      const { line, end } = await lineAround(file, window, origin, place, needles.length)
      found(line)
      searchedTo = end
    }
    progress?.(bytesRead)
    kept = Math.min(overlap, window.length)
    window.copy(buffers[(index + 1) & 1] as Buffer, maxOverlap - kept, window.length - kept)
    at = next
    if (isLast) break
  }
  // A read that failed is thrown above; one that is not needed any more must not reject unheard.
  await reading
  return at
}

/** The line around a place, from the window if it is whole there, else read from the file. */
async function lineAround(
  file: OpenFile,
  window: Buffer,
  origin: number,
  place: number,
  idLength: number,
): Promise<{ line: FoundLine; end: number }> {
  const before = place === 0 ? -1 : window.lastIndexOf(newline, place - 1)
  const after = window.indexOf(newline, place)
  if (before >= 0 && after >= 0 && after - before <= maxLineBytes) {
    const bytes = Buffer.from(window.subarray(before + 1, after))
    return { line: { start: origin + before + 1, bytes, isCut: false }, end: origin + after }
  }
  const line = await readLine(file, origin + place)
  // A line that is cut goes on behind its part: the id may occur in it again.
  return { line, end: Math.max(line.start + line.bytes.length, origin + place + idLength) }
}

/** The line around a place. Of a line longer than 1 MB: the part around the place. */
export async function readLine(file: OpenFile, place: number): Promise<FoundLine> {
  const half = maxLineBytes / 2
  const from = Math.max(0, place - half)
  const buffer = Buffer.allocUnsafe(place - from + half)
  const bytesRead = await file.read(buffer, 0, buffer.length, from)
  const piece = buffer.subarray(0, bytesRead)
  const before = place === from ? -1 : piece.lastIndexOf(newline, place - from - 1)
  const after = piece.indexOf(newline, place - from)
  const isWhole = (before >= 0 || from === 0) && (after >= 0 || bytesRead < buffer.length)
  const end = after < 0 ? bytesRead : after
  return { start: from + before + 1, bytes: Buffer.from(piece.subarray(before + 1, end)), isCut: !isWhole }
}
