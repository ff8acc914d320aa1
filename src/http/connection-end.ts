import type { Socket } from 'node:net'

const waiting = new WeakMap<Socket, Set<() => unknown>>()

/**
 * Calls `ended` when a connection closes. Node 20 and 22 tell of that only the response whose turn it is: those
 * pipelined behind it hear nothing, ever (Node 24 tells all). One listener serves all requests of a connection.
 *
 * @returns what takes it back
 */
export function whenConnectionEnds(socket: Socket, ended: () => unknown): () => void {
  const all = waiting.get(socket) ?? listen(socket)
  all.add(ended)
  return () => {
    if (!all.delete(ended) || all.size > 0 || waiting.get(socket) !== all) return
    waiting.delete(socket)
    socket.off('close', tellAll)
  }
}

function listen(socket: Socket): Set<() => unknown> {
  const all = new Set<() => unknown>()
  waiting.set(socket, all)
  socket.on('close', tellAll)
  return all
}

function tellAll(this: Socket): void {
  for (const ended of waiting.get(this) ?? []) ended()
}
