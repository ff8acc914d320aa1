// One append-only descriptor for a log file that any program may move, delete, fill up or tear at any time.
//
// Guarantees: every line is written whole, on a line of its own, to the file that stands at the path now. A line is written
// twice rather than lost. A file that another user may have prepared is refused.
//
// It looks odd because an append can go wrong in ways that a plain write hides:
// - The file may be renamed or deleted at any moment. So each write starts with a look at the path, and ends with one at the
//   number of links.
// - A full disk takes only the beginning of a line. Its rest is written as soon as there is room, and only if the file still
//   ends with that beginning (`Torn`). Otherwise the whole line is written again.
// - Another process may die within a line. So this one looks at the last byte, and ends a half line first (`#tail`).
// - Other processes append at the same time, and Node does not tell where a write landed. The sizes before and after mostly
//   do; otherwise /proc does (`#position`).
// The tests in test/faults/ and `npm run soak:logs` make each of these cases for real.

import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeDirectory } from './directory.js'
import { WriteError } from './handler.js'
import {
  checkLinks,
  doubtAboutDirectory,
  doubtAboutFile,
  othersMayWrite,
  ownerOfNew,
  type Prepared,
} from './ownership.js'

// O_NONBLOCK: without it, opening a FIFO in the place of the file would block the process until a reader comes.
const { O_APPEND, O_CREAT, O_WRONLY, O_RDWR, O_NOFOLLOW, O_NONBLOCK } = constants
const flags = O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK
const directoryMode = 0o750
const newline = 10
// A file that has not changed for this long has no write under way.
const stillMs = 1_000

/** A line of which only the beginning is on disk, for example because the disk is full. */
interface Torn {
  /** The number of its bytes that are on disk. */
  readonly bytes: number
  /** Where the file ended after that write; NaN if another process had written meanwhile. */
  readonly end: number
}

const whole: Torn = { bytes: 0, end: Number.NaN }

/**
 * Appends to the file that stands at a path. It opens the file when needed, and opens the new one after the file was moved,
 * deleted, rotated or replaced. Appends of several processes do not mix (O_APPEND). Symbolic links are refused, and so are
 * files that another user may have prepared.
 */
export class AppendFile {
  readonly path: string
  readonly #mode: number
  readonly #warn: (message: string) => void
  /** The owner that the file system gives to files of this process. Looked up only when a file's owner is in doubt. */
  #ownUid: { readonly device: bigint; readonly uid: number } | undefined
  #fd: number | undefined
  #device = 0n
  #inode = 0n
  #size = 0
  #torn: Torn = whole
  #changedMs = 0
  /** The last size at which the file was known to end with a whole line. Behind it, others may have left half a line. */
  #wholeUntil = 0
  /** How the file ends: with a whole line, with half a line, or (`unknown`) with a line that may still be being written. */
  #tail: 'whole' | 'half' | 'unknown' = 'unknown'

  /** @param warn called for a file of doubtful origin that is written because only this user and root may write its directory */
  constructor(path: string, mode: number, warn: (message: string) => void) {
    this.path = path
    this.#mode = mode
    this.#warn = warn
  }

  /**
   * Makes sure that the descriptor belongs to the file at the path.
   *
   * @returns the offset, in bytes, at which the next line starts
   */
  ready(): number {
    const there = lstatSync(this.path, { bigint: true, throwIfNoEntry: false })
    if (this.#fd === undefined || there?.ino !== this.#inode || there.dev !== this.#device) this.#open()
    else {
      this.#size = Number(there.size)
      this.#changedMs = Number(there.mtimeMs)
    }
    // The beginning of the next line is on disk already.
    if (this.#torn.end === this.#size) return this.#size - this.#torn.bytes
    this.#torn = whole
    if (this.#size !== this.#wholeUntil) this.#tail = this.#lookAtTail()
    if (this.#tail === 'whole') this.#wholeUntil = this.#size
    return this.#size + (this.#tail === 'half' ? 1 : 0)
  }

  /**
   * Appends whole lines. Call `ready` first.
   *
   * @returns the size of the file afterwards, in bytes
   * @throws WriteError that says how many bytes of `lines` are on disk. The caller must give the rest again before other lines
   */
  append(lines: Buffer): number {
    const { bytes, end } = this.#torn
    const at = bytes + this.#write(lines, bytes)
    this.#torn = whole
    const { nlink, size } = fstatSync(this.#fd as number)
    // The file was deleted between the stat and the write (`backups: 1` under stalls). The lines went with it.
    if (nlink === 0 && !this.#isInPlace()) return this.#again(lines, 0)
    // Other processes wrote, too. If they wrote first, this first line may stand behind half a line of theirs, or far from its
    // own beginning.
    const start = size === this.#size + at - bytes ? this.#size : this.#position() - at + bytes
    const isSeen = start === this.#size && this.#tail === 'whole'
    const isGood = bytes > 0 ? start === end : isSeen || this.#beginsLine(start)
    if (!isGood) return this.#repeat(lines, at)
    if (at < lines.length) return this.#tear(lines, at, start + at - bytes)
    this.#wholeUntil = start + at - bytes
    this.#tail = 'whole'
    return size
  }

  release(): void {
    if (this.#fd === undefined) return
    const fd = this.#fd
    this.#fd = undefined
    closeSync(fd)
  }

  /** One write, which may write only a part. */
  #write(lines: Buffer, from: number): number {
    // Another writer died within a line, or wrote behind this one's half line. The half line stays, on a line of its own.
    if (this.#tail === 'half') {
      this.#size += writeSync(this.#fd as number, '\n')
      this.#tail = 'whole'
    }
    return writeSync(this.#fd as number, lines, from)
  }

  /** Continues after a partial write: `at` bytes of `lines` are on disk and end at offset `end` of the file. */
  #tear(lines: Buffer, at: number, end: number): number {
    const written = wholeOf(lines, at)
    if (at > written) this.#torn = { bytes: at - written, end }
    return this.#again(lines, written)
  }

  /**
   * Writes the first line and the rest again, after a write of `at` bytes that began behind another writer's half line. If the
   * disk is full, the lines between are on disk and must not be written again.
   */
  #repeat(lines: Buffer, at: number): number {
    const first = lines.subarray(0, lines.indexOf(newline) + 1)
    const written = wholeOf(lines, at)
    if (written <= first.length) return this.#again(lines, 0)
    try {
      return this.#again(Buffer.concat([first, lines.subarray(written)]), 0)
    } catch (error) {
      const { cause, written: more, again } = error as WriteError
      if (more === 0) throw new WriteError(cause, written, first)
      throw new WriteError(cause, written + more - first.length, again)
    }
  }

  #again(lines: Buffer, written: number): number {
    try {
      this.ready()
      return this.append(written === 0 ? lines : lines.subarray(written))
    } catch (error) {
      if (!(error instanceof WriteError)) throw new WriteError(error, written)
      throw new WriteError(error.cause, written + error.written, error.again)
    }
  }

  #open(): void {
    this.release()
    checkLinks(dirname(this.path))
    const fd = this.#descriptor()
    const stats = fstatOf(fd)
    try {
      this.#check(stats)
    } catch (error) {
      closeSync(fd)
      throw error
    }
    const { ino, dev, size, changedMs } = stats
    if (ino !== this.#inode || dev !== this.#device) this.#torn = whole
    this.#fd = fd
    this.#inode = ino
    this.#device = dev
    this.#size = size
    this.#changedMs = changedMs
    this.#wholeUntil = 0
    this.#tail = 'whole'
  }

  /** @throws Error for a file that another user may have prepared */
  #check({ isFile, dev, ...file }: Opened): void {
    if (!isFile) throw new Error(`${this.path}: expected a regular file, got something else; delete it`)
    const [directory, isOurs] = [dirname(this.path), (uid: number) => uid === this.#uidHere(dev)]
    const doubt = doubtAboutFile(file, isOurs)
    if (doubt !== undefined && othersMayWrite(directory)) {
      throw new Error(
        `${this.path}: ${doubt}, in a directory that others may write; delete it or restrict the directory`,
      )
    }
    // In a directory of another user, only that user can delete the files that this process creates. Other users cannot read them.
    const odd = doubt ?? doubtAboutDirectory(directory, isOurs)
    if (odd !== undefined) this.#warn(`${this.path}: ${odd}; it is written all the same`)
  }

  #uidHere(device: bigint): number | undefined {
    if (this.#ownUid?.device === device) return this.#ownUid.uid
    try {
      this.#ownUid = { device, uid: ownerOfNew(this.path) }
    } catch {
      // This process may not create files in the directory, so others created everything in it.
      return undefined
    }
    return this.#ownUid.uid
  }

  #descriptor(): number {
    try {
      return openSync(this.path, flags | O_RDWR, this.#mode)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      // The permissions may allow writing without reading.
      if (code === 'EACCES') return openSync(this.path, flags | O_WRONLY, this.#mode)
      if (code !== 'ENOENT') throw error
      makeDirectory(dirname(this.path), directoryMode)
      return openSync(this.path, flags | O_RDWR, this.#mode)
    }
  }

  /** Some FUSE file systems report 0 links for every file. Without this second look, lines would be written again for ever. */
  #isInPlace(): boolean {
    const there = lstatSync(this.path, { bigint: true, throwIfNoEntry: false })
    return there?.ino === this.#inode && there.dev === this.#device
  }

  #lookAtTail(): 'whole' | 'half' | 'unknown' {
    if (this.#beginsLine(this.#size)) return 'whole'
    // A long write that is under way looks like half a line, too.
    return Date.now() - this.#changedMs > stillMs ? 'half' : 'unknown'
  }

  /** Whether a line begins at `position`. Assumed if the file may not be read. */
  #beginsLine(position: number): boolean {
    if (position === 0 || Number.isNaN(position)) return true
    const before = Buffer.alloc(1)
    try {
      return readSync(this.#fd as number, before, 0, 1, position - 1) === 1 && before[0] === newline
    } catch {
      return true
    }
  }

  /** Where the last write ended; Node does not tell. NaN on systems without /proc. */
  #position(): number {
    try {
      return Number(/^pos:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${this.#fd}`, 'latin1'))?.[1])
    } catch {
      return Number.NaN
    }
  }
}

/** The length, in bytes, of the whole lines among the first `at` bytes. */
function wholeOf(lines: Buffer, at: number): number {
  return at === 0 ? 0 : lines.lastIndexOf(newline, at - 1) + 1
}

interface Opened extends Prepared {
  readonly ino: bigint
  readonly dev: bigint
  readonly size: number
  readonly changedMs: number
  readonly isFile: boolean
}

function fstatOf(fd: number): Opened {
  const stats = fstatSync(fd, { bigint: true })
  const { ino, dev } = stats
  const [size, changedMs, uid, nlink] = [stats.size, stats.mtimeMs, stats.uid, stats.nlink].map(Number) as FourNumbers
  return { ino, dev, size, changedMs, uid, nlink, isFile: stats.isFile() }
}

type FourNumbers = [number, number, number, number]
