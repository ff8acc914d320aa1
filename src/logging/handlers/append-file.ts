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

// O_NONBLOCK: a FIFO that lies in the place of the file would stop the process until somebody reads it.
const { O_APPEND, O_CREAT, O_WRONLY, O_RDWR, O_NOFOLLOW, O_NONBLOCK } = constants
const flags = O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK
const directoryMode = 0o750
const newline = 10
// No write is under way any more.
const stillMs = 1_000

/** A line of which only the beginning could be written, as on a full disk. */
interface Torn {
  /** How many of its bytes are on disk. */
  readonly bytes: number
  /** Where the file then ended; NaN if somebody else had written meanwhile. */
  readonly end: number
}

const whole: Torn = { bytes: 0, end: Number.NaN }

/**
 * The file that stands at a path, whatever others do to it: opened when needed, and anew when it was moved, deleted,
 * rotated or replaced. Appends are atomic among processes (O_APPEND), symbolic links are refused, and so are files that
 * another user may have prepared.
 */
export class AppendFile {
  readonly path: string
  readonly #mode: number
  readonly #warn: (message: string) => void
  /** The owner of files that we create here, once that was in doubt. */
  #ownUid: { readonly device: bigint; readonly uid: number } | undefined
  #fd: number | undefined
  #device = 0n
  #inode = 0n
  #size = 0
  #torn: Torn = whole
  #changedMs = 0
  /** How long it was when we knew that it ends with a whole line. Beyond, others may have left half of one. */
  #wholeUntil = 0
  /** How it ends: with a whole line, with half of one, or with what is being written now, by the look of it. */
  #tail: 'whole' | 'half' | 'unknown' = 'unknown'

  /** @param warn called for a file that is in doubt, and is written because only we and root may write its directory */
  constructor(path: string, mode: number, warn: (message: string) => void) {
    this.path = path
    this.#mode = mode
    this.#warn = warn
  }

  /**
   * Makes sure the descriptor is that of the file at the path.
   *
   * @returns how long that file is, in bytes, for lines that are appended now
   */
  ready(): number {
    const there = lstatSync(this.path, { bigint: true, throwIfNoEntry: false })
    if (this.#fd === undefined || there?.ino !== this.#inode || there.dev !== this.#device) this.#open()
    else {
      this.#size = Number(there.size)
      this.#changedMs = Number(there.mtimeMs)
    }
    // The first line will take up what is on disk of it.
    if (this.#torn.end === this.#size) return this.#size - this.#torn.bytes
    this.#torn = whole
    if (this.#size !== this.#wholeUntil) this.#tail = this.#lookAtTail()
    if (this.#tail === 'whole') this.#wholeUntil = this.#size
    return this.#size + (this.#tail === 'half' ? 1 : 0)
  }

  /**
   * Appends whole lines. `ready` comes first.
   *
   * @returns how long the file is then, in bytes
   * @throws WriteError with how much of `lines` is on disk; what is left must be given again, first
   */
  append(lines: Buffer): number {
    const { bytes, end } = this.#torn
    const at = bytes + this.#write(lines, bytes)
    this.#torn = whole
    const { nlink, size } = fstatSync(this.#fd as number)
    // Deleted between the stat and the write (`backups: 1` under stalls): the lines are in no file any more.
    if (nlink === 0 && !this.#isInPlace()) return this.#again(lines, 0)
    // Others wrote, too, and if that was before us, our first line may stand behind half of theirs, or far from its own.
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

  /** One write, which may take less than all. */
  #write(lines: Buffer, from: number): number {
    // Somebody died, or wrote behind our own half: that stays, on a line of its own.
    if (this.#tail === 'half') {
      this.#size += writeSync(this.#fd as number, '\n')
      this.#tail = 'whole'
    }
    return writeSync(this.#fd as number, lines, from)
  }

  /** Goes on after a write of `at` bytes that ended at `end` in the file. */
  #tear(lines: Buffer, at: number, end: number): number {
    const written = wholeOf(lines, at)
    if (at > written) this.#torn = { bytes: at - written, end }
    return this.#again(lines, written)
  }

  /**
   * Writes the first line again, and what is left, after a write of `at` bytes that began behind half of another's line.
   * Where a full disk keeps it from that, the lines between are on disk and must not be written again.
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
    // In a directory of another user, only that user can delete the files that we create, and nobody can read them.
    const odd = doubt ?? doubtAboutDirectory(directory, isOurs)
    if (odd !== undefined) this.#warn(`${this.path}: ${odd}; it is written all the same`)
  }

  #uidHere(device: bigint): number | undefined {
    if (this.#ownUid?.device === device) return this.#ownUid.uid
    try {
      this.#ownUid = { device, uid: ownerOfNew(this.path) }
    } catch {
      // A directory that is not ours to write: everything in it was made by others.
      return undefined
    }
    return this.#ownUid.uid
  }

  #descriptor(): number {
    try {
      return openSync(this.path, flags | O_RDWR, this.#mode)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      // One may be allowed to write it and not to read it.
      if (code === 'EACCES') return openSync(this.path, flags | O_WRONLY, this.#mode)
      if (code !== 'ENOENT') throw error
      makeDirectory(dirname(this.path), directoryMode)
      return openSync(this.path, flags | O_RDWR, this.#mode)
    }
  }

  /** Some file systems of user space count no links at all; there the lines would be written again for ever. */
  #isInPlace(): boolean {
    const there = lstatSync(this.path, { bigint: true, throwIfNoEntry: false })
    return there?.ino === this.#inode && there.dev === this.#device
  }

  #lookAtTail(): 'whole' | 'half' | 'unknown' {
    if (this.#beginsLine(this.#size)) return 'whole'
    // A long write that is under way shows, too.
    return Date.now() - this.#changedMs > stillMs ? 'half' : 'unknown'
  }

  /** Whether what begins there is a line of its own; taken for one where the file may not be read. */
  #beginsLine(position: number): boolean {
    if (position === 0 || Number.isNaN(position)) return true
    const before = Buffer.alloc(1)
    try {
      return readSync(this.#fd as number, before, 0, 1, position - 1) === 1 && before[0] === newline
    } catch {
      return true
    }
  }

  /** Where the last write ended, which Node does not tell; NaN where there is no /proc. */
  #position(): number {
    try {
      return Number(/^pos:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${this.#fd}`, 'latin1'))?.[1])
    } catch {
      return Number.NaN
    }
  }
}

/** How many of the first `at` bytes are whole lines. */
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
