import { closeSync, constants, fstatSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Handler } from './handler.js'
import { fitting, type Rotation, rotate } from './rotation.js'

const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW } = constants
const directoryMode = 0o750

/** What a file handler is made of. */
export interface FileOptions extends Rotation {
  /** Permissions of a file it creates; default 0640. */
  mode: number
}

/**
 * Appends lines to a file that rotates by size. The file and its directory are created at the first write, and again
 * when somebody took them away; it never grows past `maxBytes` but by a single longer line.
 */
export class FileHandler implements Handler {
  readonly path: string
  readonly #options: FileOptions
  #fd: number | undefined
  #inode = 0n

  constructor(path: string, options: FileOptions) {
    this.path = path
    this.#options = options
  }

  write(lines: Buffer): void {
    let rest = lines
    while (rest.length > 0) {
      const size = this.#ready()
      const whole = fitting(rest, this.#options.maxBytes - size)
      if (whole === 0 && size > 0) {
        this.#rotate()
        continue
      }
      // An empty file takes a line of any length: it could go nowhere else.
      const end = whole > 0 ? whole : rest.indexOf(10) + 1 || rest.length
      this.#append(rest.subarray(0, end))
      rest = rest.subarray(end)
    }
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#release()
  }

  /** Makes sure the descriptor is that of the file at the path, and says how long that file is. */
  #ready(): number {
    const there = statSync(this.path, { bigint: true, throwIfNoEntry: false })
    if (this.#fd !== undefined && there?.ino === this.#inode) return Number(there.size)
    this.#release()
    const fd = this.#open()
    const opened = fstatSync(fd, { bigint: true })
    this.#fd = fd
    this.#inode = opened.ino
    return Number(opened.size)
  }

  #open(): number {
    const flags = O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW
    try {
      return openSync(this.path, flags, this.#options.mode)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      mkdirSync(dirname(this.path), { recursive: true, mode: directoryMode })
      return openSync(this.path, flags, this.#options.mode)
    }
  }

  #rotate(): void {
    this.#release()
    rotate(this.path, this.#options.backups)
  }

  #append(lines: Buffer): void {
    for (let from = 0; from < lines.length; ) from += writeSync(this.#fd as number, lines, from)
  }

  #release(): void {
    if (this.#fd === undefined) return
    closeSync(this.#fd)
    this.#fd = undefined
  }
}
