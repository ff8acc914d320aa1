import { constants } from 'node:fs'
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'

/** A log file or backup, open for reading. */
export interface LogFile {
  readonly handle: FileHandle
  readonly bytes: number
  readonly modifiedMs: number
}

// More backups than any setup keeps: higher numbers belong to other files.
const maxBackups = 1_000

/**
 * Opens the file `path` and its backups `path.1`, `path.2` …, one after the other, newest first. Each file is closed when
 * the next is requested. Symlinks, devices and pipes are skipped. A file that is rotated meanwhile is opened once only.
 */
export async function* openLogFiles(path: string): AsyncGenerator<LogFile, void, void> {
  const last = await lastBackup(path)
  const seen = new Set<string>()
  // One more than there were: a rotation may happen meanwhile.
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

async function openPlain(path: string): Promise<FileHandle | undefined> {
  let handle: FileHandle | undefined
  try {
    // O_NONBLOCK: opening a pipe without a writer would wait forever.
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    if ((await handle.stat()).isFile()) return handle
  } catch {
    // The file is gone, a symlink, or not readable.
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
