import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  linkSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isAlive, self } from './process-identity.js'

/**
 * The lock that lets one of many processes and threads rotate a file.
 *
 * It is the file `.<name>.lock.<N>` with the highest N beside the log file: free if there is none or it is empty, busy
 * while the owner it names lives. Taking it means linking one's own file to N + 1, which succeeds once; giving it back
 * means emptying it, by its descriptor: that needs no room on a full disk and cannot hit what somebody else has linked
 * since. The highest one is never deleted, so that whoever was stopped in the middle always finds it. The obvious lock
 * (one file, O_EXCL, deleted when its owner is dead) lost thousands of lines in the same test: two waiters read the dead
 * owner, the second deletes the first one's live lock, and both rotate.
 */
export interface Lock {
  /** Still ours and in its place, and young enough that nobody may have taken it over. */
  isFresh(): boolean
  release(): void
}

// A holder that was stopped for long may have been taken over by somebody who cannot see whether it lives.
const staleAfterMs = 10_000
const freshForMs = 2_000
const mostOwnerBytes = 1_024

/** @returns undefined if somebody else has it. @throws what the file system says */
export function acquireLock(path: string): Lock | undefined {
  const highest = numbersOf(path)[0] ?? 0
  if (highest > 0 && isHeld(lockFile(path, highest))) return undefined
  const own = ownFile(path)
  const lock = new HeldLock(openSync(own, 'wx', 0o640), lockFile(path, highest + 1))
  let isOurs = false
  try {
    lock.name()
    const taken = isTaken(path, own, highest + 1)
    if (taken) sweep(path)
    // Only now: what an error keeps from its owner is given back.
    isOurs = taken
  } finally {
    if (!isOurs) lock.release()
    remove(own)
  }
  return isOurs ? lock : undefined
}

/** Links `own` to the next number; of all who try, one succeeds. */
function isTaken(path: string, own: string, number: number): boolean {
  const mine = lockFile(path, number)
  try {
    linkSync(own, mine)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  const [top, ...lower] = numbersOf(path)
  // While we were stopped, others took this number and higher ones, and deleted it. The one below it is deleted before
  // it, so that it tells, too: the list of a directory of thousands of files may miss what changes meanwhile.
  const isHighest = top === number && (number === 1 || lower[0] === number - 1)
  if (!isHighest) remove(mine)
  else for (const old of lower.reverse()) remove(lockFile(path, old))
  return isHighest
}

/** A lock file of our own, by its descriptor. */
class HeldLock implements Lock {
  readonly #fd: number
  readonly #place: string
  readonly #since: number = performance.now()

  constructor(fd: number, place: string) {
    this.#fd = fd
    this.#place = place
  }

  /** Writes who has it. */
  name(): void {
    writeSync(this.#fd, JSON.stringify(self()))
  }

  isFresh(): boolean {
    if (performance.now() - this.#since >= freshForMs) return false
    // The directory was moved or deleted meanwhile: in the new one of that name somebody else may rotate.
    const there = statSync(this.#place, { throwIfNoEntry: false })
    const { ino, dev } = fstatSync(this.#fd)
    return there?.ino === ino && there.dev === dev
  }

  release(): void {
    try {
      ftruncateSync(this.#fd)
    } finally {
      closeSync(this.#fd)
    }
  }
}

function isHeld(file: string): boolean {
  try {
    const { owner, age } = read(file)
    if (owner === '') return false
    const alive = isAlive(owner)
    // From the future: the clock was set back. Waiting for it to come there may take for ever.
    return alive === 'unknown' ? Math.abs(age) < staleAfterMs : alive
  } catch (error) {
    // Gone: somebody took a higher one meanwhile.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true
    throw error
  }
}

/** What a lock file says. A FIFO or a device in its place must neither stop the process nor fill its memory. */
function read(file: string): { owner: string; age: number } {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stats = fstatSync(fd)
    const bytes = Buffer.alloc(mostOwnerBytes)
    const owner = stats.isFile() ? bytes.toString('utf8', 0, readSync(fd, bytes)) : 'no lock'
    return { owner, age: Date.now() - stats.mtimeMs }
  } finally {
    closeSync(fd)
  }
}

/** The numbers of all lock files of `path`, highest first. */
function numbersOf(path: string): number[] {
  const prefix = `.${basename(path)}.lock.`
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix) && /^[1-9]\d{0,14}$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((a, b) => b - a)
}

function lockFile(path: string, number: number): string {
  return join(dirname(path), `.${basename(path)}.lock.${number}`)
}

// A name that nobody else has, not even another container's process of the same pid: linking what somebody else wrote,
// or writing into what a killed thread had linked, would change who owns a lock.
function ownFile(path: string): string {
  const random = process.getBuiltinModule('node:crypto').randomBytes(6).toString('hex')
  return join(dirname(path), `.${basename(path)}.lock.of-${process.pid}-${random}`)
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

// What cannot be deleted (a directory, somebody else's in a directory like /tmp) is in nobody's way.
function remove(file: string): void {
  try {
    unlinkSync(file)
  } catch {}
}
