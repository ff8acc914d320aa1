import { Writable } from 'node:stream'

/**
 * Whether a write to the descriptor reaches the same place as a write to the stream. It does not if `write` was replaced (PM2 in
 * cluster mode, test runners), or if the stream was, or in a worker thread: there Node takes the text to the parent thread,
 * which may have asked for it (`new Worker(file, { stdout: true })`).
 */
export function leadsTo(fd: 1 | 2, stream: (NodeJS.WriteStream & { readonly fd?: number }) | undefined): boolean {
  // A service may replace the whole stream, with anything.
  if (typeof stream?.write !== 'function') return true
  return stream.fd === fd && isNodesOwn(stream)
}

/** Whether `write` of this stream is the one that Node gave it. */
export function isNodesOwn(stream: NodeJS.WriteStream): boolean {
  return stream.write === Writable.prototype.write
}
