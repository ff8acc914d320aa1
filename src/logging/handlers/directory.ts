import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a directory and those it lies in. Not by `recursive: true`: where a file system answers ENOENT to everything
 * (below /proc), Node goes round in it for ever (seen on 20 and 24).
 *
 * @throws what the file system says
 */
export function makeDirectory(path: string, mode: number): void {
  if (made(path, mode)) return
  makeDirectory(dirname(path), mode)
  // Once more, and if it is missing still, for the error.
  if (!made(path, mode)) mkdirSync(path, { mode })
}

/** @returns false if the directory it would lie in is missing */
function made(path: string, mode: number): boolean {
  try {
    mkdirSync(path, { mode })
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return true
    if (code === 'ENOENT' && dirname(path) !== path) return false
    throw error
  }
}
