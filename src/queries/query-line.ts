import { aboutSpan } from '../context/active-span.js'
import type { Logger } from '../logging/logger.js'
import { duration } from '../safe-values/duration.js'
import { roundedMs } from '../safe-values/rounded-ms.js'
import { isSevere } from './error-code.js'
import type { OpenQuery } from './open-query.js'
import type { OpenWait } from './open-wait.js'
import { runIn } from './run-in.js'

/** Writes the line of a query that failed, or that took at least `slowMs`, in the context that sent it. */
export function logQuery(logger: Logger, slowMs: number, query: OpenQuery): void {
  const { kind, start, end = start, rows, errorCode } = query
  const ms = end - start
  if (errorCode === undefined && ms < slowMs) return
  const level = errorCode !== undefined && isSevere(errorCode) ? 'error' : 'warn'
  if (!logger.isLevelEnabled(level)) return
  const { system, namespace, summary, text } = kind
  const fields = { system, namespace, summary, text, durationMs: roundedMs(ms), rows, errorCode }
  const what = summary ?? system
  const message = errorCode === undefined ? `${what} ${duration(ms)}` : `${what} failed (${errorCode}) ${duration(ms)}`
  aboutSpan(
    query.span,
    runIn(query.context, () => logger[level](fields, message)),
  )
}

/** Writes the line of a wait for a connection that failed, or that took at least `slowMs`. */
export function logWait(logger: Logger, slowMs: number, wait: OpenWait): void {
  const { system, start, end = start, errorCode, by } = wait
  const ms = end - start
  if (errorCode === undefined && ms < slowMs) return
  const level = errorCode === undefined ? 'warn' : 'error'
  if (!logger.isLevelEnabled(level)) return
  // Only the id of the holder, because the reader of a line may not be allowed to see another account's name.
  const fields = { system, durationMs: roundedMs(ms), errorCode, heldBy: by?.holder.requestId }
  const message =
    errorCode === undefined ? `connection after ${duration(ms)}` : `no connection (${errorCode}) after ${duration(ms)}`
  aboutSpan(
    wait.span,
    runIn(wait.context, () => logger[level](fields, message)),
  )
}
