import { disorderMs, maxLineBytes } from '../line-bounds.js'
import { type RequestRow, type RowsAsked, rowReader } from '../request-row.js'
import type { LogGroup } from './log-groups.js'
import { type OpenFile, openListed, type ReadingMode } from './open-file.js'
import { placeOfTime } from './time-in-file.js'

const chunkBytes = 2 ** 19
const newline = 10

/** Which request lines of which files are read. */
export interface RowsInFiles extends RowsAsked {
  readonly groups: readonly LogGroup[]
  readonly mode: ReadingMode
}

/**
 * Reads the lines of finished requests and jobs that were written since a time, oldest file first, in batches. Lines of other
 * accounts are skipped before they are parsed.
 */
export async function* requestRows({ groups, mode, ...asked }: RowsInFiles): AsyncGenerator<RequestRow[], void, void> {
  const { from, skipped } = asked
  const rowsIn = rowReader(asked)
  const ofRequests = groups.filter(isForRequests)
  // The logger may write to a file of another name.
  for (const group of ofRequests.length > 0 ? ofRequests : groups) {
    for (const listed of [...group.files].reverse()) {
      if (listed.modifiedMs < from) continue
      const file = openListed(listed, mode)
      if (file === undefined) {
        skipped?.(listed.name)
        continue
      }
      try {
        const start = await placeOfTime(file, from - disorderMs)
        for await (const lines of linesFrom(file, start)) yield rowsIn(lines)
      } finally {
        file.close()
      }
    }
  }
}

/** True for the files of the logger `requests`, under the name that they have by default, or a similar one. */
export function isForRequests({ name }: LogGroup): boolean {
  return /(?:^|[/\\])requests?\b/.test(name)
}

async function* linesFrom(file: OpenFile, start: number): AsyncGenerator<string[], void, void> {
  const end = file.listed.bytes
  const buffer = Buffer.allocUnsafe(maxLineBytes + chunkBytes)
  let kept = 0
  for (let at = start; at < end; ) {
    const bytesRead = await file.read(buffer, kept, Math.min(chunkBytes, end - at), at)
    if (bytesRead === 0) return
    at += bytesRead
    const filled = kept + bytesRead
    const last = buffer.lastIndexOf(newline, filled - 1)
    // A line without an end is not written yet.
    if (last >= 0) yield buffer.toString('utf8', 0, last).split('\n')
    kept = filled - last - 1
    // Spoor writes no longer lines.
    if (kept > maxLineBytes) kept = 0
    else buffer.copy(buffer, 0, filled - kept, filled)
  }
}
