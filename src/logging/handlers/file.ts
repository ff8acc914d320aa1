import { AppendFile } from './append-file.js'
import { type Handler, WriteError } from './handler.js'
import { fitting, type Rotation, rotate } from './rotation.js'

/** What a file handler is made of. */
export interface FileOptions extends Rotation {
  /** Permissions of a file it creates; default 0640. */
  mode: number
  /** Called with what is odd about a file or its directory that is written all the same. Default: nobody is told. */
  warn?: (message: string) => void
}

// A request never waits longer for somebody else's rotation; without any wait the limit was passed 929 times in a test.
const patienceMs = 50
// Behind a holder that hangs each batch would wait so long: ten times as long it is not waited for again.
const impatientForMs = 10 * patienceMs
// Batches of other writers that may be on their way while we look at the size.
const batchesUnderWay = 8 * 64 * 1024
const pause = new Int32Array(new SharedArrayBuffer(4))

/**
 * Appends lines to a file that rotates by size, alone or together with other processes and threads. The file and its
 * directory are created at the first write, and again when somebody took them away. One process never takes it past
 * `maxBytes` but by a single longer line. Several leave room for the batches that are on their way when it rotates, and
 * pass the limit where a rotation takes over 50 ms.
 */
export class FileHandler implements Handler {
  readonly path: string
  readonly #rotation: Rotation
  readonly #file: AppendFile
  /**
   * How often lines were appended past the limit: a rotation took too long or was impossible, or another process wrote
   * between our look at the size and our write.
   */
  overLimit = 0
  #impatientUntil = 0
  /** How long the file is unless others write it, too. */
  #expected = Number.NaN
  #isShared = false

  constructor(path: string, { mode, warn = () => {}, ...rotation }: FileOptions) {
    this.path = path
    this.#rotation = rotation
    this.#file = new AppendFile(path, mode, warn)
  }

  write(lines: Buffer): void {
    let at = 0
    try {
      while (at < lines.length) at += this.#some(at === 0 ? lines : lines.subarray(at))
    } catch (error) {
      if (!(error instanceof WriteError)) throw new WriteError(error, at)
      throw new WriteError(error.cause, at + error.written, error.again)
    }
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.release()
  }

  /** Lets go of the descriptor at once. */
  release(): void {
    this.#file.release()
  }

  /** Appends as many of the lines as fit, after a rotation if none does. @returns how many bytes */
  #some(lines: Buffer): number {
    const since = performance.now()
    for (;;) {
      const size = this.#file.ready()
      this.#isShared ||= size > this.#expected
      this.#expected = Number.NaN
      // An empty file takes a line of any length: it could go nowhere else.
      const end = fitting(lines, this.#limit() - size) || (size === 0 ? firstLine(lines) : 0)
      if (end > 0) {
        this.#impatientUntil = 0
        return this.#append(lines, end)
      }
      const rotated = this.#rotate(firstLine(lines))
      if (rotated === 'impossible' || (rotated === 'busy' && !this.#mayWait(since))) {
        return this.#append(lines, lines.length)
      }
      if (rotated === 'busy') Atomics.wait(pause, 0, 0, 1)
    }
  }

  #limit(): number {
    const { maxBytes } = this.#rotation
    return this.#isShared ? maxBytes - Math.min(batchesUnderWay, Math.floor(maxBytes / 8)) : maxBytes
  }

  #mayWait(since: number): boolean {
    const now = performance.now()
    if (now < this.#impatientUntil) return false
    if (now - since <= patienceMs) return true
    this.#impatientUntil = now + impatientForMs
    return false
  }

  #append(lines: Buffer, end: number): number {
    const size = this.#file.append(lines.subarray(0, end))
    this.#expected = size
    if (size > this.#rotation.maxBytes && size > end) this.overLimit++
    return end
  }

  // Lines are worth more than a limit: where a file cannot be rotated (a directory that is not ours to write), it grows.
  #rotate(bytes: number): 'done' | 'busy' | 'impossible' {
    try {
      return rotate(this.path, bytes, { ...this.#rotation, maxBytes: this.#limit() }) ? 'done' : 'busy'
    } catch (error) {
      // Somebody else moved the file while we did.
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'busy' : 'impossible'
    }
  }
}

function firstLine(lines: Buffer): number {
  return lines.indexOf(10) + 1 || lines.length
}
