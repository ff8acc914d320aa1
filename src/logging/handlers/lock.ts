import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isTrusted, othersMayWrite } from './ownership.js'
import { hasOpen, isAlive, isIdentity, self } from './process-identity.js'

/**
 * The lock that lets one of many processes and threads rotate a file.
 *
 * It is the file `.<name>.lock.<N>` with the highest N beside the log file: free if there is none or it is empty, busy
 * while the owner it names lives and has it open. Only regular files count, and where other users may write the
 * directory, only files of this user and root. Taking it means linking one's own file to N + 1, which succeeds once; giving it back
 * means emptying it, by its descriptor: that needs no room on a full disk and cannot hit what somebody else has linked
 * since. The highest one is never deleted, so that a process that was stopped in the middle always finds it. The obvious lock
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
// Most rotations are over by then; from then on the owner's descriptors are looked at, which takes longer.
const rotatesForMs = 100
const maxOwnerBytes = 1_024
const lastNumber = 999_999_999_999_999

/** @returns undefined if somebody else has it. @throws what the file system says */
export function acquireLock(path: string): Lock | undefined {
  const { locks, used } = numbersOf(path)
  const [highest = 0] = locks
  if (highest > 0 && isHeld(lockFile(path, highest))) return undefined
  let number = highest + 1
  // Others may have put something there that is not a lock. All who try leave out the same numbers.
  while (used.has(number)) number++
  // Somebody made up a number behind which no other comes. Only who made up the one before could hold it.
  if (number > lastNumber) remove(lockFile(path, highest))
  if (number > lastNumber) return undefined
  const own = ownFile(path)
  const lock = new HeldLock(openSync(own, 'wx', 0o640), lockFile(path, number))
  let isOurs = false
  try {
    lock.name()
    const taken = isTaken(path, own, number, highest)
    if (taken) sweep(path)
    // Only now: what an error keeps from its owner is given back.
    isOurs = taken
  } finally {
    if (!isOurs) lock.release()
    remove(own)
  }
  return isOurs ? lock : undefined
}

/** Links `own` to `number`, the next one after `before`; of all who try, one succeeds. */
function isTaken(path: string, own: string, number: number, before: number): boolean {
  const mine = lockFile(path, number)
  try {
    linkSync(own, mine)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  const [top, ...lower] = numbersOf(path).locks
  // While we were stopped, others took this number and higher ones, and deleted it. The one below it is deleted before
  // it, so that it tells, too: the list of a directory of thousands of files may miss what changes meanwhile.
  const isHighest = top === number && (before === 0 || lower[0] === before)
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
    const { owner, age, ...which } = read(file)
    if (owner === '') return false
    // Another user's hard link to a file that is written all the time: it would count as young for ever. A lock has a second
    // name for a moment only, and then names its owner.
    if (which.links > 1 && !isIdentity(owner)) return false
    const alive = isAlive(owner)
    if (alive === false) return false
    if (alive === true && age >= 0 && age < rotatesForMs) return true
    // A file may name any process that lives and knows nothing of it.
    const isHolder = alive === true ? hasOpen(owner, which) : 'unknown'
    return isHolder === 'unknown' ? isYoung(age) : isHolder
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Gone: somebody took a higher one meanwhile.
    if (code === 'ENOENT') return true
    if (code === 'EACCES' || code === 'ELOOP') return isYoung(Date.now() - lstatSync(file).mtimeMs)
    throw error
  }
}

// From the future: the clock was set back. Waiting for it to come there may take for ever.
function isYoung(age: number): boolean {
  return Math.abs(age) < staleAfterMs
}

/** What a lock file says. A FIFO or a device in its place must neither stop the process nor fill its memory. */
function read(file: string): { owner: string; age: number; dev: number; ino: number; links: number } {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stats = fstatSync(fd)
    const bytes = Buffer.alloc(maxOwnerBytes)
    const owner = stats.isFile() ? bytes.toString('utf8', 0, readSync(fd, bytes)) : 'no lock'
    return { owner, age: Date.now() - stats.mtimeMs, dev: stats.dev, ino: stats.ino, links: stats.nlink }
  } finally {
    closeSync(fd)
  }
}

/** The numbers of the lock files of `path`, highest first, and of everything that bears such a name. */
function numbersOf(path: string): { readonly locks: readonly number[]; readonly used: ReadonlySet<number> } {
  const prefix = `.${basename(path)}.lock.`
  const used = readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix) && /^[1-9]\d{0,14}$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
  const locks = used.filter((number) => isLock(path, number)).sort((a, b) => b - a)
  return { locks, used: new Set(used) }
}

/** False for what only bears the name of a lock. One that is gone by now counts: it was there. */
function isLock(path: string, number: number): boolean {
  const there = lstatSync(lockFile(path, number), { throwIfNoEntry: false })
  if (there === undefined) return true
  if (!there.isFile()) return false
  // The log file was checked when it was opened: who owns that may lock it.
  return (
    isTrusted(there.uid) ||
    there.uid === lstatSync(path, { throwIfNoEntry: false })?.uid ||
    !othersMayWrite(dirname(path))
  )
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

// What cannot be deleted (a directory, another user's file in a directory like /tmp) is in no one's way.
function remove(file: string): void {
  try {
    unlinkSync(file)
  } catch {}
}
