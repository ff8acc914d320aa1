import type { FileHandle } from 'node:fs/promises'
import { maxLineBytes } from '../line-bounds.js'

const chunkBytes = 512 * 1_024

/**
 * Reads the lines of a file in pieces of about 512 KB, the last piece first. A piece has whole lines only. The event loop
 * continues between two pieces.
 *
 * @param bytes the end of the part to read: later lines are ignored
 */
export async function* readBackwards(handle: FileHandle, bytes: number): AsyncGenerator<Buffer, void, void> {
  let end = bytes
  let rest: Buffer = Buffer.alloc(0)
  while (end > 0) {
    const start = Math.max(0, end - chunkBytes)
    const chunk = Buffer.allocUnsafe(end - start)
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, start)
    // The file was truncated: the part behind is gone.
    const data = bytesRead < chunk.length ? chunk.subarray(0, bytesRead) : Buffer.concat([chunk, rest])
    // What stands before the first newline began further up. It takes its newline along, so that one is always found.
    const newline = start === 0 ? -1 : data.indexOf(10)
    yield data.subarray(newline + 1)
    rest = data.subarray(0, newline + 1)
    if (rest.length > maxLineBytes) rest = Buffer.alloc(0)
    end = start
  }
}
