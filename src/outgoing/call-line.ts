import { runWith, runWithout } from '../context/storage.js'
import type { Level } from '../logging/levels.js'
import { duration } from '../safe-values/duration.js'
import { roundedMs } from '../safe-values/rounded-ms.js'
import type { OpenCall } from './call.js'

/** Writes the line of a finished call to the logger of its host, in the context in which the call was made. */
export function logCall(call: OpenCall): void {
  const logger = call.rule?.logger
  const level = levelOf(call)
  if (logger === undefined || !logger.isLevelEnabled(level)) return
  const ms = (call.end ?? call.start) - call.start
  const { context, method, host, route, status, errorCode, aborted, unfinished } = call
  const durationMs = roundedMs(ms)
  const fields = { method, host, route, status, durationMs, errorCode, aborted, unfinished }
  const message = `${method} ${host}${route} ${status ?? 'failed'} ${duration(ms)}`
  const log = (): void => logger[level](fields, message)
  if (context === undefined) runWithout(log)
  else runWith(context, log)
}

function levelOf({ status = 0, errorCode }: OpenCall): Level {
  if (errorCode !== undefined || status >= 500) return 'error'
  return status >= 400 ? 'warn' : 'info'
}
