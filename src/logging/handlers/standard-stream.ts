import { Writable } from 'node:stream'

/**
 * True if a write to the descriptor reaches the same place as a write to the stream. False if `write` or the stream was replaced
 * (PM2 in cluster mode, test runners). Also false in a worker thread: Node passes the text to the parent thread, which may have
 * asked for it (`new Worker(file, { stdout: true })`).
 */
export function leadsTo(fd: 1 | 2, stream: (NodeJS.WriteStream & { readonly fd?: number }) | undefined): boolean {
  // A service may replace the whole stream, with anything.
  if (typeof stream?.write !== 'function') return true
  return stream.fd === fd && isNodesOwn(stream)
}

/** True if `write` of this stream is Node's own. */
export function isNodesOwn(stream: NodeJS.WriteStream): boolean {
  return stream.write === Writable.prototype.write
}
