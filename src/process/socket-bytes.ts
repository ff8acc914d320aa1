import type { Socket } from 'node:net'

/** Bytes of one exchange over a socket, headers included. */
export interface MovedBytes {
  readonly readBytes: number
  readonly writtenBytes: number
}

/**
 * Counts the bytes of each exchange over one socket. A kept-alive connection carries one exchange after the other, so
 * the growth of the socket's counters since the previous one belongs to the current one.
 */
export class SocketBytes {
  #open = 0
  /** Several exchanges were open at once: until all of them end, no byte can be assigned to one. */
  #isShared = false
  /** The socket's counters before the open exchange, or after the last one. */
  #read: number
  #written: number

  /** @param read,written the socket's counters before its first exchange */
  constructor(read: number, written: number) {
    this.#read = read
    this.#written = written
  }

  begin(): void {
    if (++this.#open > 1) this.#isShared = true
  }

  /** Ends one exchange. @returns undefined if its bytes cannot be told from those of others, or the socket counts none */
  end({ bytesRead, bytesWritten }: Socket): MovedBytes | undefined {
    const [read, written, isShared] = [this.#read, this.#written, this.#isShared]
    if (--this.#open === 0) {
      this.#read = bytesRead
      this.#written = bytesWritten
      this.#isShared = false
    }
    // An imitated socket (light-my-request, serverless-http) counts nothing.
    if (isShared || typeof bytesRead !== 'number' || typeof bytesWritten !== 'number') return undefined
    return { readBytes: bytesRead - read, writtenBytes: bytesWritten - written }
  }
}
