import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Creates a directory and its missing parents. It does not use `recursive: true`: below /proc, where each attempt fails with
 * ENOENT, Node 20 and 24 loop for ever.
 *
 * @param mode permissions of each directory it creates
 * @throws the error of the file system
 */
export function makeDirectory(path: string, mode: number): void {
  if (made(path, mode)) return
  makeDirectory(dirname(path), mode)
  // Try again. If a parent is missing still, `mkdirSync` throws the error.
  if (!made(path, mode)) mkdirSync(path, { mode })
}

/** @returns false if the parent directory is missing */
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
