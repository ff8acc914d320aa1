import { writeSync } from 'node:fs'
import { isExiting } from '../../process/exit.js'
import { type Handler, WriteError } from './handler.js'
import { isNodesOwn, leadsTo } from './standard-stream.js'

/** Takes lines that are logged while a replaced `process.stdout.write` runs. Undefined when the write has ended. */
export type Detour = ((lines: string) => void) | undefined

/**
 * Writes lines to standard output. A slow reader of a pipe never blocks a request: a full pipe is `busy`, a closed one is
 * `gone`. A terminal that is paused by Ctrl-S blocks, as it does for every program.
 *
 * If `process.stdout.write` is not Node's own, and in worker threads, lines go through `process.stdout.write`: a write to
 * descriptor 1 would not reach the log file of PM2, or the parent thread.
 */
export class ConsoleHandler implements Handler {
  readonly #divert: (detour: Detour) => void
  /** The number of bytes of the next line that are written already. */
  #begun = 0
  /** Whether the rest of a line is lost. If so, a newline comes before the next line. */
  #isTorn = false
  #isTouched = false
  #through: StreamWrites | undefined
  #isInThrough = false

  /**
   * @param divert sends lines another way while a replaced `write` runs. Such a function may log, and would otherwise call itself
   * without end
   */
  constructor(divert: (detour: Detour) => void = () => {}) {
    this.#divert = divert
  }

  write(lines: Buffer): void {
    this.#touch()
    const { stdout } = process
    if (leadsTo(1, stdout)) this.#writeDirectly(lines)
    else this.#writeThrough(stdout, lines)
  }

  /** Resolves when the stream has taken all lines that it got, or after a second. */
  async flush(): Promise<void> {
    await this.#through?.settled()
  }

  async close(): Promise<void> {}

  #writeDirectly(lines: Buffer): void {
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

  #writeThrough(stdout: NodeJS.WriteStream, lines: Buffer): void {
    if (this.#through?.isOf(stdout) !== true) this.#through = new StreamWrites(stdout)
    // A replaced `write` may also flush the logs.
    const isBusy = this.#isInThrough || (this.#through.isFull() && !isExiting())
    if (isBusy) throw new WriteError('standard output is busy', 0, undefined, 'busy')
    // The stream gets the line whole. Its beginning stays at the descriptor, on a line of its own.
    this.#isTorn ||= this.#begun > 0
    this.#begun = 0
    this.#isInThrough = true
    this.#divert(writeDirectly)
    try {
      this.#through.write(lines)
    } catch (error) {
      if (!isExiting()) throw error
      // There is no later attempt.
      writeDirectly(lines.toString('utf8', (error as WriteError).written))
    } finally {
      this.#divert(undefined)
      this.#isInThrough = false
    }
  }

  // Reading process.stdout makes a pipe non-blocking: a write to a full pipe then fails with EAGAIN. A blocking pipe held up the
  // event loop for 1.7 s for 300 lines, while its reader slept for 2 s (Node 20 and 26). process.stdout.write would lose its
  // buffer at process.exit: 64 of 300 lines arrived.
  #touch(): void {
    if (this.#isTouched) return
    this.#isTouched = true
    void process.stdout.writable
  }
}

// Long enough for a stream that calls back at all.
const firstAnswerMs = 250
const settleMs = 1_000

/** Writes to one stream, and knows whether the stream has taken the text that it got. */
class StreamWrites {
  readonly #stream: NodeJS.WriteStream
  readonly #write: unknown
  #pending = 0
  /** When the stream reported that it is full; undefined while it is not full. */
  #fullSince: number | undefined
  /** Whether the stream calls back when it has taken a text. A replaced `write` may never do so. */
  #answers: boolean
  #onSettled: (() => void)[] = []

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
    this.#write = stream.write
    this.#answers = isNodesOwn(stream)
  }

  isOf(stream: NodeJS.WriteStream): boolean {
    return stream === this.#stream && stream.write === this.#write
  }

  isFull(): boolean {
    if (this.#fullSince === undefined || this.#pending === 0) return false
    // Some functions return false and never call back, although they have taken the lines.
    return this.#answers || performance.now() - this.#fullSince < firstAnswerMs
  }

  /** @throws WriteError that says which lines the stream took before it threw */
  write(lines: Buffer): void {
    let at = 0
    try {
      while (at < lines.length) {
        // A replaced `write` may add a text, such as the time, to each call. So each call has one line, as from console.log.
        const end = isNodesOwn(this.#stream) ? lines.length : lines.indexOf(10, at) + 1 || lines.length
        this.#give(lines.toString('utf8', at, end))
        at = end
      }
    } catch (error) {
      throw new WriteError(error, at)
    }
  }

  async settled(): Promise<void> {
    if (this.#pending === 0 || !this.#answers) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, settleMs)
      this.#onSettled.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #give(text: string): void {
    let isAnswered = false
    const answer = (): void => {
      if (isAnswered) return
      isAnswered = true
      this.#answers = true
      this.#pending--
      if (this.#pending > 0) return
      this.#fullSince = undefined
      for (const resolve of this.#onSettled.splice(0)) resolve()
    }
    this.#pending++
    try {
      if (this.#stream.write(text, answer) === false) this.#fullSince ??= performance.now()
    } catch (error) {
      if (!isAnswered) this.#pending--
      isAnswered = true
      throw error
    }
  }
}

/** Writes lines to descriptor 1, even if `process.stdout` was replaced. */
function writeDirectly(lines: string): void {
  try {
    writeSync(1, lines)
  } catch {}
}

// The reader closed the pipe (EOF on Windows) or socket, the terminal hung up, or the descriptor is closed.
const gone: ReadonlySet<unknown> = new Set(['EPIPE', 'EOF', 'EBADF', 'ENOTCONN', 'ECONNRESET', 'EIO'])

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code
}

/** Reports on standard error, at the end of the process, how many lines an output did not take. */
export function sayUnwritten(lines: number, output = 'standard output'): void {
  try {
    // Makes standard error non-blocking, for the same reason as standard output.
    const { stderr } = process
    const what = lines === 1 ? '1 line' : `${lines} lines`
    const text = `spoor: ${output} did not take ${what} before the process ended\n`
    if (leadsTo(2, stderr)) writeSync(2, text)
    else stderr.write(text)
  } catch {}
}
