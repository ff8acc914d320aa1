import { constants } from 'node:fs'
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'

/** A log file or backup, open for reading. */
export interface LogFile {
  readonly handle: FileHandle
  readonly bytes: number
  readonly modifiedMs: number
}

// More backups than anybody keeps: what is beyond is none of ours.
const maxBackups = 1_000
const lineHead = /^(?:\{"time":"|\[)(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)/

/**
 * Opens the file `path` and its backups `path.1`, `path.2` …, one after the other, newest first; each is closed when the
 * next is asked for. Nothing else is opened: no symlink, and no device or pipe that bears such a name. A file that is
 * rotated meanwhile is met once: files only move to higher numbers, and one that was seen is not seen again.
 */
export async function* openLogFiles(path: string): AsyncGenerator<LogFile, void, void> {
  const last = await lastBackup(path)
  const seen = new Set<string>()
  // One more than there were: it may be rotated while we read.
  for (let number = 0; number <= last + 1; number++) {
    const handle = await openPlain(number === 0 ? path : `${path}.${number}`)
    if (handle === undefined) continue
    try {
      const { dev, ino, size: bytes, mtimeMs: modifiedMs } = await handle.stat()
      if (seen.has(`${dev}:${ino}`)) continue
      seen.add(`${dev}:${ino}`)
      yield { handle, bytes, modifiedMs }
    } finally {
      await handle.close()
    }
  }
}

/** When a line was written, ms since the epoch, by its first characters. @returns undefined for what is no line of ours */
export function lineTime(head: string): number | undefined {
  const time = lineHead.exec(head)?.[1]
  return time === undefined ? undefined : Date.parse(time)
}

async function openPlain(path: string): Promise<FileHandle | undefined> {
  let handle: FileHandle | undefined
  try {
    // O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    if ((await handle.stat()).isFile()) return handle
  } catch {
    // Gone, a symlink, or not ours to read: then there is nothing to read.
  }
  await handle?.close()
  return undefined
}

/** The highest number of a backup of `path`; there may be gaps below it. */
async function lastBackup(path: string): Promise<number> {
  const start = `${basename(path)}.`
  const names = await readdir(dirname(path)).catch(() => [])
  const numbers = names
    .filter((name) => name.startsWith(start) && /^[1-9]\d{0,3}$/.test(name.slice(start.length)))
    .map((name) => Number(name.slice(start.length)))
  return numbers.filter((number) => number <= maxBackups).reduce((a, b) => Math.max(a, b), 0)
}
