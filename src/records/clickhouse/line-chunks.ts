const chunkBytes = 64 * 1024
/** The chunks of a full batch, and some of the next: 1.3 MB at most. */
const maxFree = 20

/**
 * Bytes in chunks that are used again. Kept as they come, a thousand small buffers of a batch would live for half a second each, and each
 * would pass through the streams to the socket.
 */
export class LineChunks {
  static readonly #free: Buffer[] = []
  readonly #full: Buffer[] = []
  #last: Buffer | undefined
  #used = 0

  /** Copies bytes. */
  add(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      this.#last ??= LineChunks.#free.pop() ?? Buffer.allocUnsafeSlow(chunkBytes)
      const copied = bytes.copy(this.#last, this.#used, at)
      at += copied
      this.#used += copied
      if (this.#used === chunkBytes) this.#close(this.#last)
    }
  }

  get pieces(): readonly Buffer[] {
    return this.#last === undefined ? this.#full : [...this.#full, this.#last.subarray(0, this.#used)]
  }

  /** Gives back what the last chunk has no use for. */
  trim(): void {
    const last = this.#last
    if (last === undefined) return
    const rest = Buffer.from(last.subarray(0, this.#used))
    LineChunks.#giveBack(last)
    this.#close(rest)
  }

  /** Forgets the bytes. Nothing may read `pieces` any more. */
  release(): void {
    for (const chunk of this.#full.splice(0)) if (chunk.length === chunkBytes) LineChunks.#giveBack(chunk)
    if (this.#last !== undefined) LineChunks.#giveBack(this.#last)
    this.#last = undefined
    this.#used = 0
  }

  #close(chunk: Buffer): void {
    this.#full.push(chunk)
    this.#last = undefined
    this.#used = 0
  }

  static #giveBack(chunk: Buffer): void {
    if (LineChunks.#free.length < maxFree) LineChunks.#free.push(chunk)
  }
}
