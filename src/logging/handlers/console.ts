import { writeSync } from 'node:fs'
import type { Sink, Written } from './sink.js'

/**
 * Standard output, without ever blocking a request on a slow reader: a full pipe is busy, a closed one is gone.
 * A terminal under Ctrl-S blocks, as it does for everything a program prints.
 */
export class ConsoleSink implements Sink {
  readonly name = 'console'
  /** How much of the line that comes next is out already. */
  #begun = 0
  /** The rest of a line that was begun is lost: what comes next must not be glued to it. */
  #isTorn = false
  #isTouched = false

  write(lines: Buffer): Written {
    this.#touch()
    let at = this.#begun
    let error: unknown
    try {
      if (this.#isTorn) writeSync(1, '\n')
      this.#isTorn = false
      while (at < lines.length) at += writeSync(1, lines, at)
    } catch (failure) {
      error = failure
    }
    const bytes = lines.subarray(0, at).lastIndexOf(10) + 1
    this.#begun = at - bytes
    if (error === undefined || codeOf(error) === 'EAGAIN') return { bytes }
    // A full disk passes: what is kept is written then.
    if (!gone.has(codeOf(error))) return { bytes, error }
    this.#isTorn ||= this.#begun > 0
    this.#begun = 0
    return { bytes, error, gone: true }
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {}

  // Touching process.stdout makes a pipe non-blocking, so that a full one refuses (EAGAIN) instead of holding up the
  // event loop: 1.7 s for 300 lines when its reader sleeps for 2 s (Node 20 and 26). process.stdout.write itself would
  // lose what is buffered at process.exit: 64 of 300 lines arrived.
  #touch(): void {
    if (this.#isTouched) return
    this.#isTouched = true
    void process.stdout.writable
  }
}

// The reader of a pipe or socket went away, a terminal hung up, the descriptor was closed.
const gone: ReadonlySet<unknown> = new Set(['EPIPE', 'EBADF', 'ENOTCONN', 'ECONNRESET', 'EIO'])

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code
}

/** Says on standard error, at the end of the process, that standard output did not take some lines. */
export function sayUnwritten(lines: number): void {
  try {
    // Non-blocking for the same reason as standard output.
    void process.stderr.writable
    writeSync(
      2,
      `spoor: standard output did not take ${lines === 1 ? '1 line' : `${lines} lines`} before the process ended\n`,
    )
  } catch {}
}
