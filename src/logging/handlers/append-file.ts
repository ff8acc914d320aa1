import { closeSync, constants, fstatSync, openSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeDirectory } from './directory.js'
import { WriteError } from './handler.js'

// O_NONBLOCK: a FIFO that lies in the place of the file would stop the process until somebody reads it.
const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = constants
const directoryMode = 0o750

/** A line of which only the beginning could be written, as on a full disk. */
interface Torn {
  /** How many of its bytes are on disk. */
  readonly bytes: number
  /** Where the file then ended, if nobody else had written meanwhile. */
  readonly end: number | undefined
  readonly inode: bigint
}

/**
 * The file that stands at a path, whatever others do to it: opened when needed, and anew when it was moved, deleted,
 * rotated or replaced. Appends are atomic among processes (O_APPEND), symbolic links are refused.
 */
export class AppendFile {
  readonly path: string
  readonly #mode: number
  #fd: number | undefined
  #inode = 0n
  #size = 0
  #torn: Torn | undefined

  constructor(path: string, mode: number) {
    this.path = path
    this.#mode = mode
  }

  /** Makes sure the descriptor is that of the file at the path. @returns how long that file is, in bytes */
  ready(): number {
    const there = statSync(this.path, { bigint: true, throwIfNoEntry: false })
    if (this.#fd === undefined || there?.ino !== this.#inode) {
      this.release()
      this.#fd = this.#open()
      const opened = fstatSync(this.#fd, { bigint: true })
      if (!opened.isFile()) throw new Error(`${this.path} is no regular file`)
      this.#inode = opened.ino
      this.#size = Number(opened.size)
    } else this.#size = Number(there.size)
    return this.#size
  }

  /**
   * Appends whole lines.
   *
   * @returns how long the file is then, in bytes
   * @throws WriteError with how much of `lines` is on disk, to the end of a line; what is left must be given again, first
   */
  append(lines: Buffer): number {
    const torn = this.#torn
    this.#torn = undefined
    if (torn === undefined) return this.#write(lines, 0)
    if (torn.inode === this.#inode && torn.end === this.#size) return this.#write(lines, torn.bytes)
    // Somebody wrote behind the torn line, or the file was moved: the half stays, and the whole line follows it.
    if (torn.inode === this.#inode) writeSync(this.#fd as number, '\n')
    return this.#write(lines, 0)
  }

  release(): void {
    if (this.#fd === undefined) return
    const fd = this.#fd
    this.#fd = undefined
    closeSync(fd)
  }

  #write(lines: Buffer, from: number): number {
    const fd = this.#fd as number
    let at = from
    try {
      while (at < lines.length) at += writeSync(fd, lines, at)
    } catch (error) {
      throw this.#tornAt(lines, at, from, error)
    }
    // Deleted between the stat and the write (`backups: 1` under stalls): the lines are in no file any more.
    const { nlink, size } = fstatSync(fd)
    if (nlink > 0) return size
    this.ready()
    return this.#write(lines, 0)
  }

  #tornAt(lines: Buffer, at: number, from: number, error: unknown): WriteError {
    const whole = at === 0 ? 0 : lines.lastIndexOf(10, at - 1) + 1
    if (at > whole) {
      const size = fstatSync(this.#fd as number).size
      const end = size === this.#size + at - from ? size : undefined
      this.#torn = { bytes: at - whole, end, inode: this.#inode }
    }
    return new WriteError(error, whole)
  }

  #open(): number {
    const flags = O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK
    try {
      return openSync(this.path, flags, this.#mode)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      makeDirectory(dirname(this.path), directoryMode)
      return openSync(this.path, flags, this.#mode)
    }
  }
}
