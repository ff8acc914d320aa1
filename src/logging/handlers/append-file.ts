import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeDirectory } from './directory.js'
import { WriteError } from './handler.js'

// O_NONBLOCK: a FIFO that lies in the place of the file would stop the process until somebody reads it.
const { O_APPEND, O_CREAT, O_WRONLY, O_RDWR, O_NOFOLLOW, O_NONBLOCK } = constants
const flags = O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK
const directoryMode = 0o750
const newline = 10

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
 * rotated or replaced. Appends are atomic among processes (O_APPEND), symbolic links are refused.
 */
export class AppendFile {
  readonly path: string
  readonly #mode: number
  #fd: number | undefined
  #device = 0n
  #inode = 0n
  #size = 0
  #torn: Torn = whole
  /** Half a line may stand at the end: the file was just opened, or a write failed. */
  #isSuspect = false
  #endsInLine = false

  constructor(path: string, mode: number) {
    this.path = path
    this.#mode = mode
  }

  /**
   * Makes sure the descriptor is that of the file at the path.
   *
   * @returns how long that file is, in bytes, for lines that are appended now
   */
  ready(): number {
    const there = lstatSync(this.path, { bigint: true, throwIfNoEntry: false })
    if (this.#fd === undefined || there?.ino !== this.#inode || there.dev !== this.#device) this.#open()
    else this.#size = Number(there.size)
    // The first line will take up what is on disk of it.
    if (this.#torn.end === this.#size) return this.#size - this.#torn.bytes
    this.#torn = whole
    if (this.#isSuspect) this.#endsInLine = this.#size > 0 && this.#read(1, this.#size - 1)?.[0] !== newline
    this.#isSuspect = false
    return this.#size + (this.#endsInLine ? 1 : 0)
  }

  /**
   * Appends whole lines. `ready` comes first.
   *
   * @returns how long the file is then, in bytes
   * @throws WriteError with how much of `lines` is on disk, to the end of a line; what is left must be given again, first
   */
  append(lines: Buffer): number {
    const { bytes, end } = this.#torn
    this.#torn = whole
    // Somebody died, or wrote behind our own half: that stays, on a line of its own.
    if (this.#endsInLine) this.#write(Buffer.of(newline), 0)
    this.#endsInLine = false
    this.#write(lines, bytes)
    const { nlink, size } = fstatSync(this.#fd as number)
    // Deleted between the stat and the write (`backups: 1` under stalls): the lines are in no file any more.
    if (nlink === 0) return this.#again(lines)
    if (bytes === 0 || size === end + lines.length - bytes) return size
    // Somebody else wrote too, and if that was before us, the rest of our line stands behind theirs.
    const first = lines.subarray(0, lines.indexOf(newline) + 1)
    const rest = first.subarray(bytes)
    return this.#read(rest.length, end)?.equals(rest) ? size : this.#again(first)
  }

  release(): void {
    if (this.#fd === undefined) return
    const fd = this.#fd
    this.#fd = undefined
    closeSync(fd)
  }

  #again(lines: Buffer): number {
    this.ready()
    return this.append(lines)
  }

  #write(lines: Buffer, from: number): void {
    let at = from
    try {
      while (at < lines.length) at += writeSync(this.#fd as number, lines, at)
    } catch (error) {
      throw this.#tornAt(lines, at, from, error)
    }
    this.#size += at - from
  }

  #tornAt(lines: Buffer, at: number, from: number, error: unknown): WriteError {
    this.#isSuspect = true
    const written = at === 0 ? 0 : lines.lastIndexOf(newline, at - 1) + 1
    if (at > written) {
      const { size } = fstatSync(this.#fd as number)
      this.#torn = { bytes: at - written, end: size === this.#size + at - from ? size : Number.NaN }
    }
    return new WriteError(error, written)
  }

  #open(): void {
    this.release()
    const fd = this.#descriptor()
    const { ino, dev, size, isFile } = fstatOf(fd)
    if (!isFile) closeSync(fd)
    if (!isFile) throw new Error(`${this.path} is no regular file`)
    if (ino !== this.#inode || dev !== this.#device) this.#torn = whole
    this.#fd = fd
    this.#inode = ino
    this.#device = dev
    this.#size = size
    this.#isSuspect = true
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

  /** @returns undefined if the file may not be read, or is not that long */
  #read(length: number, position: number): Buffer | undefined {
    const bytes = Buffer.alloc(length)
    try {
      return readSync(this.#fd as number, bytes, 0, length, position) === length ? bytes : undefined
    } catch {
      return undefined
    }
  }
}

function fstatOf(fd: number): { ino: bigint; dev: bigint; size: number; isFile: boolean } {
  const stats = fstatSync(fd, { bigint: true })
  return { ino: stats.ino, dev: stats.dev, size: Number(stats.size), isFile: stats.isFile() }
}
