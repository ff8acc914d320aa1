import { writeSync } from 'node:fs'
import { type Handler, WriteError } from './handler.js'

/**
 * Writes lines to standard output. A slow reader of a pipe never blocks a request: a full pipe is `busy`, a closed one is
 * `gone`. A terminal that is paused by Ctrl-S blocks, as it does for every program.
 */
export class ConsoleHandler implements Handler {
  /** The number of bytes of the next line that are written already. */
  #begun = 0
  /** Whether the rest of a line is lost. If so, a newline comes before the next line. */
  #isTorn = false
  #isTouched = false

  write(lines: Buffer): void {
    this.#touch()
    let at = this.#begun
    try {
      if (this.#isTorn) writeSync(1, '\n')
      this.#isTorn = false
      while (at < lines.length) at += writeSync(1, lines, at)
    } catch (error) {
      throw this.#failure(error, lines, at)
    }
    this.#begun = 0
  }

  #failure(error: unknown, lines: Buffer, at: number): WriteError {
    const written = lines.subarray(0, at).lastIndexOf(10) + 1
    this.#begun = at - written
    if (codeOf(error) === 'EAGAIN') return new WriteError(error, written, undefined, 'busy')
    // A full disk may get room again. The retry queue writes the lines then.
    if (!gone.has(codeOf(error))) return new WriteError(error, written)
    this.#isTorn ||= this.#begun > 0
    this.#begun = 0
    return new WriteError(error, written, undefined, 'gone')
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {}

  // Reading process.stdout makes a pipe non-blocking: a write to a full pipe then fails with EAGAIN. A blocking pipe held up the
  // event loop for 1.7 s for 300 lines, while its reader slept for 2 s (Node 20 and 26). process.stdout.write would lose its
  // buffer at process.exit: 64 of 300 lines arrived.
  #touch(): void {
    if (this.#isTouched) return
    this.#isTouched = true
    void process.stdout.writable
  }
}

// The reader closed the pipe or socket, the terminal hung up, or the descriptor is closed.
const gone: ReadonlySet<unknown> = new Set(['EPIPE', 'EBADF', 'ENOTCONN', 'ECONNRESET', 'EIO'])

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code
}

/** Reports on standard error, at the end of the process, how many lines standard output did not take. */
export function sayUnwritten(lines: number): void {
  try {
    // Makes standard error non-blocking, for the same reason as standard output.
    void process.stderr.writable
    writeSync(
      2,
      `spoor: standard output did not take ${lines === 1 ? '1 line' : `${lines} lines`} before the process ended\n`,
    )
  } catch {}
}
