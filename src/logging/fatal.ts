import { atUncaught } from '../process/uncaught.js'
import type { Logs } from './define-logs.js'

const what = { uncaughtException: 'uncaught exception', unhandledRejection: 'unhandled rejection' }

/**
 * Logs what nobody catches: one fatal line by the root logger, with the context it was thrown in, and everything logged
 * before it flushed. Exit code and default behaviour stay as they are, and so do listeners of the service.
 *
 * @returns what undoes it
 */
export function logFatal(logs: Pick<Logs<never>, 'root' | 'flush'>): () => void {
  return atUncaught(logs, (error, origin) => {
    // A field that is undefined or null would say that there was no error.
    const shown = error ?? { type: String(error), message: String(error) }
    logs.root.fatal({ error: shown, origin }, `${what[origin]}: ${messageOf(error)}`)
    // Its first half is synchronous: the process may be gone before the second.
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
