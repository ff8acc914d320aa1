import type { Socket } from 'node:net'
import { type MovedBytes, SocketBytes } from '../process/socket-bytes.js'

/** The connections to other services that carried a call. */
const connections = new WeakMap<Socket, SocketBytes>()

/** Notes that a call begins on `socket`. @returns true if another call was on this socket before */
export function enterConnection(socket: Socket): boolean {
  const known = connections.get(socket)
  const bytes = known ?? new SocketBytes(socket.bytesRead, socket.bytesWritten)
  if (known === undefined) connections.set(socket, bytes)
  bytes.begin()
  return known !== undefined
}

/**
 * Notes that a call on `socket` has ended. @returns undefined if its bytes are unknown (several calls at once, HTTP/2)
 */
export function leaveConnection(socket: Socket): MovedBytes | undefined {
  const bytes = connections.get(socket)?.end(socket)
  return isMultiplexed(socket) ? undefined : bytes
}

function isMultiplexed(socket: Socket & { alpnProtocol?: string | false | null }): boolean {
  return socket.alpnProtocol === 'h2'
}
