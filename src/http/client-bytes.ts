import type { Socket } from 'node:net'

/** Bytes of one request on the client's connection, headers included. */
export interface ClientBytes {
  readonly readBytes: number
  readonly writtenBytes: number
}

interface Connection {
  /** The socket's counters when its last request ended. */
  read: number
  written: number
  open: number
  /** Two requests were open at once (pipelining): what belongs to whom cannot be told. */
  shared: boolean
}

const connections = new WeakMap<Socket, Connection>()

/**
 * Counts what a request moves over its connection. A kept-alive connection carries one request after the other, so the
 * growth of the socket's counters since the last one is this one's.
 *
 * @returns what ends the count: its bytes, or undefined where they cannot be told (pipelined requests)
 */
export function countBytes(socket: Socket): () => ClientBytes | undefined {
  const connection = connections.get(socket) ?? { read: 0, written: 0, open: 0, shared: false }
  connections.set(socket, connection)
  connection.open++
  if (connection.open > 1) connection.shared = true
  return () => {
    connection.open--
    const { read, written, shared } = connection
    if (connection.open === 0) {
      connection.read = socket.bytesRead
      connection.written = socket.bytesWritten
      connection.shared = false
    }
    if (shared) return undefined
    return { readBytes: connection.read - read, writtenBytes: connection.written - written }
  }
}
