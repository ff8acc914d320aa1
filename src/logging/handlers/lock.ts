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
 * Guarantees: at most one holder rotates at a time. A holder that is killed at any step blocks the others for 10 s at most;
 * mostly they see at once that it is dead. The lock also works on a full disk.
 *
 * The lock is the file `.<name>.lock.<N>` with the highest N beside the log file. It is free if that file is missing or empty.
 * It is busy while the owner named in it lives and has it open. Only regular files count, and only files of this user and root
 * where other users may write the directory.
 *
 * - To take the lock, a process links a file of its own to N + 1. The link succeeds for one process only.
 * - To release the lock, the holder empties the file through its descriptor. That needs no disk space, and cannot hit a file
 *   that another process has linked since.
 * - The highest file is never deleted, so a process that was stopped on the way always finds it.
 *
 * The numbers look odd beside the obvious lock: one file, created with O_EXCL, and deleted if its owner is dead. That lock lost
 * thousands of lines in the same test. Two waiters read the dead owner; the second one deletes the first one's live lock; both
 * rotate.
 */
export interface Lock {
  /** Whether this holder still has the lock, and took it so recently that no other process can have taken it over. */
  isFresh(): boolean
  /** Gives the lock back. */
  release(): void
}

// Another process that cannot see whether the holder lives may take the lock over after this time.
const staleAfterMs = 10_000
const freshForMs = 2_000
// Most rotations end within this time. After it, the waiter also looks at the owner's descriptors, which takes longer.
const rotatesForMs = 100
const maxOwnerBytes = 1_024
const lastNumber = 999_999_999_999_999

/**
 * Takes the lock of a file, without waiting.
 *
 * @returns undefined if another process or thread holds it
 * @throws the error of the file system
 */
export function acquireLock(path: string): Lock | undefined {
  const { locks, used } = numbersOf(path)
  const [highest = 0] = locks
  if (highest > 0 && isHeld(lockFile(path, highest))) return undefined
  let number = highest + 1
  // Something that is not a lock may have such a name. All processes skip the same numbers.
  while (used.has(number)) number++
  // The highest number leaves no room for the next one. It cannot come from counting, so another program made it up: delete it.
  if (number > lastNumber) remove(lockFile(path, highest))
  if (number > lastNumber) return undefined
  const own = ownFile(path)
  const lock = new HeldLock(openSync(own, 'wx', 0o640), lockFile(path, number))
  let isOurs = false
  try {
    lock.name()
    const taken = isTaken(path, own, number, highest)
    if (taken) sweep(path)
    // Set last: if an error occurs before, the lock is released.
    isOurs = taken
  } finally {
    if (!isOurs) lock.release()
    remove(own)
  }
  return isOurs ? lock : undefined
}

/** Links `own` to `number`, the next one after `before`. It succeeds in one process only. */
function isTaken(path: string, own: string, number: number, before: number): boolean {
  const mine = lockFile(path, number)
  try {
    linkSync(own, mine)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  const [top, ...lower] = numbersOf(path).locks
  // While this process was stopped, others may have taken this number and higher ones, and deleted it. Then the number below it
  // is missing, too, because lower ones are deleted first. Both are checked: the list of a directory with thousands of files may
  // miss a change that happens meanwhile.
  const isHighest = top === number && (before === 0 || lower[0] === before)
  if (!isHighest) remove(mine)
  else for (const old of lower.reverse()) remove(lockFile(path, old))
  return isHighest
}

/** A lock that this process holds, by its descriptor. */
class HeldLock implements Lock {
  readonly #fd: number
  readonly #place: string
  readonly #since: number = performance.now()

  constructor(fd: number, place: string) {
    this.#fd = fd
    this.#place = place
  }

  /** Writes this thread into the file as the owner. */
  name(): void {
    writeSync(this.#fd, JSON.stringify(self()))
  }

  isFresh(): boolean {
    if (performance.now() - this.#since >= freshForMs) return false
    // If the directory was moved or deleted meanwhile, another process may rotate in the new one of that name.
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
    // The named process may live and yet not hold the lock. So look whether it has the file open.
    const isHolder = alive === true ? hasOpen(owner, which) : 'unknown'
    return isHolder === 'unknown' ? isYoung(age) : isHolder
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // The file is gone: another process took a higher number meanwhile.
    if (code === 'ENOENT') return true
    if (code === 'EACCES' || code === 'ELOOP') return isYoung(Date.now() - lstatSync(file).mtimeMs)
    throw error
  }
}

// A negative age means that the clock was set back. Waiting for the clock to catch up might take for ever.
function isYoung(age: number): boolean {
  return Math.abs(age) < staleAfterMs
}

/** Reads a lock file. A FIFO or a device in its place must neither block the process nor fill its memory. */
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

/** The numbers of the lock files of `path`, highest first, and the numbers of everything that has such a name. */
function numbersOf(path: string): { readonly locks: readonly number[]; readonly used: ReadonlySet<number> } {
  const prefix = `.${basename(path)}.lock.`
  const used = readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix) && /^[1-9]\d{0,14}$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
  const locks = used.filter((number) => isLock(path, number)).sort((a, b) => b - a)
  return { locks, used: new Set(used) }
}

/** False for something that only has the name of a lock. A file that is gone by now counts as a lock: it was there. */
function isLock(path: string, number: number): boolean {
  const there = lstatSync(lockFile(path, number), { throwIfNoEntry: false })
  if (there === undefined) return true
  if (!there.isFile()) return false
  // The log file was checked when it was opened, so its owner may lock it.
  return (
    isTrusted(there.uid) ||
    there.uid === lstatSync(path, { throwIfNoEntry: false })?.uid ||
    !othersMayWrite(dirname(path))
  )
}

function lockFile(path: string, number: number): string {
  return join(dirname(path), `.${basename(path)}.lock.${number}`)
}

// The name is unique, even among containers where another process has the same pid. Otherwise a process could link a file that
// another one wrote, or write into a file that a killed thread had linked, and the lock would name the wrong owner.
function ownFile(path: string): string {
  const random = process.getBuiltinModule('node:crypto').randomBytes(6).toString('hex')
  return join(dirname(path), `.${basename(path)}.lock.of-${process.pid}-${random}`)
}

/** Deletes the files of threads that were killed between writing and linking. */
function sweep(path: string): void {
  const prefix = `.${basename(path)}.lock.of-`
  for (const name of readdirSync(dirname(path)).filter((name) => name.startsWith(prefix))) {
    const file = join(dirname(path), name)
    const there = statSync(file, { throwIfNoEntry: false })
    if (there !== undefined && Date.now() - there.mtimeMs > staleAfterMs) remove(file)
  }
}

// Something that cannot be deleted (a directory, another user's file in a directory like /tmp) does no harm.
function remove(file: string): void {
  try {
    unlinkSync(file)
  } catch {}
}
