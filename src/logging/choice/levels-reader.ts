// Reads levels.json as a file that another user of the machine may have prepared.
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'
import { isTrusted, othersMayWrite } from '../handlers/ownership.js'
import { LevelRules } from './level-rules.js'
import { maxLevelsBytes, readLevels } from './levels-json.js'

// Windows has neither flag.
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants

/**
 * Reads the rules of a levels.json.
 *
 * @throws Error that says why the file is not used: a symbolic link, a file that others may write, too large, or not what it should be
 */
export function rulesIn(path: string): LevelRules {
  const fd = opened(path)
  try {
    const stats = fstatSync(fd)
    const problem = problemOf(stats, path)
    if (problem !== undefined) throw new Error(`levels.json: expected ${problem}`)
    return new LevelRules(readLevels(textOf(fd, stats.size)))
  } finally {
    closeSync(fd)
  }
}

function opened(path: string): number {
  try {
    return openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ELOOP') throw new Error('levels.json: expected a file, got a symbolic link; delete it')
    throw new Error(`levels.json: cannot be read: ${code}`)
  }
}

/** What is wrong with an open file, before anything of it is read. */
function problemOf(stats: Stats, path: string): string | undefined {
  const { size, uid, mode } = stats
  if (!stats.isFile()) return 'a file; delete what has its name'
  if (!isTrusted(uid))
    return `a file of the service's user or of root, got one of another user (uid ${uid}); run spoor level as the service's user`
  const isWritable = (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && othersMayWrite(dirname(path)))
  if (process.geteuid !== undefined && isWritable) return 'a file that others cannot write; chmod 640 it'
  return size > maxLevelsBytes ? `at most ${maxLevelsBytes} bytes, got ${size}; remove rules` : undefined
}

function textOf(fd: number, size: number): string {
  const buffer = Buffer.alloc(size)
  let read = 0
  while (read < size) {
    const more = readSync(fd, buffer, read, size - read, read)
    if (more === 0) break
    read += more
  }
  return buffer.toString('utf8', 0, read)
}
