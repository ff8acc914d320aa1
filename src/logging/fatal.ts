import { atUncaught } from '../process/uncaught.js'
import type { Logs } from './define-logs.js'

const what = { uncaughtException: 'uncaught exception', unhandledRejection: 'unhandled rejection' }

/**
 * Logs uncaught exceptions and unhandled rejections. The root logger writes one fatal line, with the context of the error, and
 * all pending lines are flushed. The exit code, Node's default behaviour and the service's own listeners stay as they are.
 *
 * @returns a function that removes the listener
 */
export function logFatal(logs: Pick<Logs<never>, 'root' | 'flush'>): () => void {
  return atUncaught(logs, (error, origin) => {
    // A field of undefined or null would look as if there had been no error.
    const shown = error ?? { type: String(error), message: String(error) }
    logs.root.fatal({ error: shown, origin }, `${what[origin]}: ${messageOf(error)}`)
    // `flush` writes synchronously first. The process may end before its promise resolves.
    void logs.flush()
  })
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error)
  } catch {
    return typeof error
  }
}
