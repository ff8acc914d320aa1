import { AppendFile } from './append-file.js'
import { type Handler, WriteError } from './handler.js'
import { type Retained, Retention } from './retention.js'
import { fitting, type Rotation, rotate } from './rotation.js'

/** Options of a file handler. */
export interface FileOptions extends Rotation {
  /** Permissions of the files that the handler creates. `defineLogs` gives 0o640 by default. */
  mode: number
  /** Receives a warning about a file or directory that is suspicious but is still written. Default: no warnings. */
  warn?: (message: string) => void
}

// A request waits this long at most while another process or thread rotates. In a test without any wait, the limit was passed
// 929 times.
const patienceMs = 50
// If the holder of the lock hangs, each batch would wait that long. So after one vain wait, the handler does not wait again for
// ten times as long.
const impatientForMs = 10 * patienceMs
// Room for the batches that other writers may append while this handler looks at the size.
const batchesUnderWay = 8 * 64 * 1024
const pause = new Int32Array(new SharedArrayBuffer(4))

/**
 * Appends lines to a file that rotates by size. Several processes and threads may write the same file.
 *
 * The handler creates the file and its directory at the first write, and again after they were moved or deleted. A single
 * process keeps the file within `maxBytes`; only a line longer than that passes the limit. Several processes leave room for the
 * batches that are being written when the file rotates. They pass the limit if a rotation takes more than 50 ms: a request
 * must not wait longer, and lines are worth more than the limit.
 */
export class FileHandler implements Handler {
  readonly path: string
  readonly #rotation: Rotation
  readonly #file: AppendFile
  readonly #retention: Retention | undefined
  /**
   * How often lines were appended past the limit. Causes: a rotation took too long, a rotation was impossible, or another
   * process wrote between this handler's look at the size and its write.
   */
  overLimit = 0
  #impatientUntil = 0
  /** The size, in bytes, that the file has if no other process writes to it. */
  #expected = Number.NaN
  #isShared = false

  constructor(path: string, { mode, warn = () => {}, ...rotation }: FileOptions) {
    this.path = path
    this.#rotation = rotation
    this.#file = new AppendFile(path, mode, warn)
    const { keepForMs } = rotation
    this.#retention = keepForMs === undefined ? undefined : new Retention(path, keepForMs, warn)
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
    this.#retention?.stop()
    this.release()
  }

  /** Undefined without `keepForMs`. */
  get retained(): Retained | undefined {
    return this.#retention?.retained
  }

  /** Closes the descriptor at once. The next write opens the file again. */
  release(): void {
    this.#file.release()
  }

  /** Appends as many lines as fit; rotates first if not even one fits. @returns the number of bytes appended */
  #some(lines: Buffer): number {
    const since = performance.now()
    for (;;) {
      const size = this.#file.ready()
      this.#isShared ||= size > this.#expected
      this.#expected = Number.NaN
      // An empty file takes a line of any length: there is no other place for it.
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
    this.#retention?.start()
    if (size > this.#rotation.maxBytes && size > end) this.overLimit++
    return end
  }

  // Lines are worth more than a limit: a file that cannot be rotated grows, for example in a directory that this user may not
  // write.
  #rotate(bytes: number): 'done' | 'busy' | 'impossible' {
    try {
      if (!rotate(this.path, bytes, { ...this.#rotation, maxBytes: this.#limit() })) return 'busy'
      this.#retention?.check()
      return 'done'
    } catch (error) {
      // Another program moved the file at the same time.
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'busy' : 'impossible'
    }
  }
}

function firstLine(lines: Buffer): number {
  return lines.indexOf(10) + 1 || lines.length
}
