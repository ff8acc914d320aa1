import type { Duplex } from 'node:stream'
import { takeBack } from './bound-methods.js'

const statusLine = /^HTTP\/1\.[01] (\d{3})/

/**
 * Tells the status that a handler of `upgrade` or `connect` writes first: a refusal is a response like any other.
 *
 * @param tell called once, with undefined where the first bytes are not a status line
 */
export function onFirstWrite(socket: Duplex, tell: (status: number | undefined) => void): void {
  const { write, end } = socket
  const look = (chunk: unknown): void => {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return
    takeBack(socket, 'write', watchedWrite, write)
    takeBack(socket, 'end', watchedEnd, end)
    const [, status] = statusLine.exec(Buffer.from(chunk.slice(0, 12)).toString('latin1')) ?? []
    tell(status === undefined ? undefined : Number(status))
  }
  const watchedWrite = function (this: Duplex, ...args: unknown[]): boolean {
    look(args[0])
    return Reflect.apply(write, this, args) as boolean
  } as Duplex['write']
  const watchedEnd = function (this: Duplex, ...args: unknown[]): Duplex {
    look(args[0])
    return Reflect.apply(end, this, args) as Duplex
  } as Duplex['end']
  socket.write = watchedWrite
  socket.end = watchedEnd
}
