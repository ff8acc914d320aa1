import { writeSync } from 'node:fs'
import { atExit, isExiting } from '../../process-hooks.js'
import type { Handler } from './handler.js'

const mostKept = 1024 * 1024
const retryMs = 20
const exitPatienceMs = 1_000

/**
 * The console: standard output, without ever blocking a request on a slow reader. What a pipe refuses waits in a
 * buffer of 1 MB and is tried again every 20 ms, at exit for 1 s at most; lines beyond that are counted in `dropped`.
 */
export class ConsoleHandler implements Handler {
  readonly #fd: number
  #waiting: { bytes: Buffer; count: number }[] = []
  #kept = 0
  #timer: NodeJS.Timeout | undefined
  #forgetExit: (() => void) | undefined
  #touched = false
  /** Lines that were lost: the reader went away, or was slower than the buffer is long. */
  dropped = 0

  constructor(fd = 1) {
    this.#fd = fd
  }

  write(lines: Buffer, count: number): void {
    this.#touch()
    if (this.#kept > 0) this.#drain()
    if (this.#kept === 0) {
      const left = this.#write(lines)
      if (left === 0) return
      this.#keep(lines.subarray(lines.length - left), count)
    } else this.#keep(lines, count)
    if (isExiting()) this.#drainBeforeExit()
  }

  async flush(): Promise<void> {
    while (this.#kept > 0) {
      this.#drain()
      if (this.#kept > 0) await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  }

  async close(): Promise<void> {
    this.#drainBeforeExit()
    this.#stopWaiting()
  }

  // Touching process.stdout makes a pipe non-blocking, so that a full one refuses (EAGAIN) instead of holding up the
  // event loop: 1.7 s for 300 lines when its reader sleeps for 2 s (Node 20 and 26).
  #touch(): void {
    if (this.#touched) return
    this.#touched = true
    if (this.#fd === 1) void process.stdout.writable
    if (this.#fd === 2) void process.stderr.writable
  }

  /** @returns how many bytes could not be written; 0 also if the reader is gone */
  #write(bytes: Buffer): number {
    let from = 0
    while (from < bytes.length) {
      try {
        from += writeSync(this.#fd, bytes, from)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') break
        this.dropped += linesIn(bytes.subarray(from))
        return 0
      }
    }
    return bytes.length - from
  }

  #keep(bytes: Buffer, count: number): void {
    if (this.#kept + bytes.length > mostKept) {
      this.dropped += count
      return
    }
    this.#waiting.push({ bytes, count })
    this.#kept += bytes.length
    this.#timer ??= setInterval(() => this.#drain(), retryMs).unref()
    this.#forgetExit ??= atExit(() => this.#drainBeforeExit())
  }

  #drain(): void {
    while (this.#waiting[0] !== undefined) {
      const first = this.#waiting[0]
      const left = this.#write(first.bytes)
      this.#kept -= first.bytes.length - left
      if (left > 0) {
        first.bytes = first.bytes.subarray(first.bytes.length - left)
        return
      }
      this.#waiting.shift()
    }
    this.#stopWaiting()
  }

  #drainBeforeExit(): void {
    const until = Date.now() + exitPatienceMs
    const pause = new Int32Array(new SharedArrayBuffer(4))
    this.#drain()
    while (this.#kept > 0 && Date.now() < until) {
      Atomics.wait(pause, 0, 0, 5)
      this.#drain()
    }
  }

  #stopWaiting(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#forgetExit?.()
    this.#forgetExit = undefined
  }
}

function linesIn(bytes: Buffer): number {
  let count = 0
  for (const byte of bytes) if (byte === 10) count++
  return count
}
