import { linkSync, readdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isMainThread, threadId } from 'node:worker_threads'
import { isAlive, self } from './process-identity.js'

/**
 * The lock that lets one of many processes and threads rotate a file.
 *
 * It is the file `.<name>.lock.<N>` with the highest N beside the log file: free if there is none or it says `free`,
 * busy while the owner it names lives. Taking it means linking one's own file to N + 1, which succeeds once; giving it
 * back means renaming a `free` file over it. The highest one is never deleted, so that whoever was stopped in the middle
 * always finds it. The obvious lock (one file, O_EXCL, deleted when its owner is dead) lost thousands of lines in the
 * same test: two waiters read the dead owner, the second deletes the first one's live lock, and both rotate.
 */
export interface Lock {
  /** Still ours, and young enough that nobody may have taken it over. */
  isFresh(): boolean
  release(): void
}

// A holder that was stopped for long may have been taken over by somebody who cannot see whether it lives.
const staleAfterMs = 10_000
const freshForMs = 2_000

/** @returns undefined if somebody else has it. @throws what the file system says */
export function acquireLock(path: string): Lock | undefined {
  const highest = numbersOf(path)[0] ?? 0
  if (highest > 0 && isHeld(lockFile(path, highest))) return undefined
  const mine = lockFile(path, highest + 1)
  if (!claimed(path, mine)) return undefined
  const [top, ...lower] = numbersOf(path)
  if (top !== highest + 1) {
    remove(mine)
    return undefined
  }
  for (const number of lower) remove(lockFile(path, number))
  sweep(path)
  const since = performance.now()
  return {
    isFresh: () => performance.now() - since < freshForMs,
    release: () => {
      renameSync(written(path, 'free'), mine)
    },
  }
}

/** Links a file that names us to `mine`; only one of all who try succeeds. */
function claimed(path: string, mine: string): boolean {
  const own = written(path, JSON.stringify(self()))
  try {
    linkSync(own, mine)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    remove(own)
  }
}

function isHeld(file: string): boolean {
  let content: string
  let age: number
  try {
    content = readFileSync(file, 'utf8')
    age = Date.now() - statSync(file).mtimeMs
  } catch (error) {
    // Gone: somebody took a higher one meanwhile.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true
    throw error
  }
  if (content === 'free') return false
  const alive = isAlive(content)
  return alive === 'unknown' ? age < staleAfterMs : alive
}

/** The numbers of all lock files of `path`, highest first. */
function numbersOf(path: string): number[] {
  const prefix = `.${basename(path)}.lock.`
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix) && /^\d{1,15}$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((a, b) => b - a)
}

function lockFile(path: string, number: number): string {
  return join(dirname(path), `.${basename(path)}.lock.${number}`)
}

/**
 * A temporary file of this thread's own. A new one each time: what a killed thread of the same number left may be the
 * same inode as a lock, and writing into it would change who owns that.
 */
function written(path: string, content: string): string {
  const thread = isMainThread ? '' : `-${threadId}`
  const file = join(dirname(path), `.${basename(path)}.lock.of-${process.pid}${thread}`)
  remove(file)
  writeFileSync(file, content, { mode: 0o640, flag: 'wx' })
  return file
}

/** Deletes what killed threads left behind between writing and linking. */
function sweep(path: string): void {
  const prefix = `.${basename(path)}.lock.of-`
  for (const name of readdirSync(dirname(path)).filter((name) => name.startsWith(prefix))) {
    const file = join(dirname(path), name)
    const there = statSync(file, { throwIfNoEntry: false })
    if (there !== undefined && Date.now() - there.mtimeMs > staleAfterMs) remove(file)
  }
}

function remove(file: string): void {
  try {
    unlinkSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
