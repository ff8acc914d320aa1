import type { Socket } from 'node:net'

/** What of a call a connection tells. */
export interface Moved {
  readonly readBytes: number
  readonly writtenBytes: number
}

/** One connection to another service: the calls it served, and the bytes of each. */
interface Connection {
  open: number
  /** Two calls were open at once: what belongs to whom cannot be told until both are over. */
  isShared: boolean
  /** The socket's counters before the call that is open, or after the last one. */
  read: number
  written: number
}

const connections = new WeakMap<Socket, Connection>()

/** Notes that a call is about to go over `socket`. @returns whether another call went over it before */
export function enterConnection(socket: Socket): boolean {
  const known = connections.get(socket)
  if (known === undefined) {
    connections.set(socket, { open: 1, isShared: false, read: socket.bytesRead, written: socket.bytesWritten })
    return false
  }
  if (known.open++ > 0) known.isShared = true
  return true
}

/** Notes that a call over `socket` is over. @returns undefined where its bytes cannot be told (several at once, HTTP/2) */
export function leaveConnection(socket: Socket): Moved | undefined {
  const connection = connections.get(socket)
  if (connection === undefined) return undefined
  const { read, written, isShared } = connection
  if (--connection.open === 0) {
    connection.read = socket.bytesRead
    connection.written = socket.bytesWritten
    connection.isShared = false
  }
  if (isShared || isMultiplexed(socket)) return undefined
  return { readBytes: socket.bytesRead - read, writtenBytes: socket.bytesWritten - written }
}

function isMultiplexed(socket: Socket & { alpnProtocol?: string | false | null }): boolean {
  return socket.alpnProtocol === 'h2'
}
