import { currentContext } from './storage.js'

/** The ids and the account of a request, by the names that Spoor's lines use. A value that the request lacks is left out. */
export interface ContextFields {
  requestId?: string
  /** Of the request that queued this job or opened this scope. */
  parentId?: string
  traceId?: string
  account?: string
}

/**
 * Returns the ids and the account of the request (job, scope) that the calling code runs in, and `{}` outside any. Use it
 * to add them to the lines of another logger. Each call returns a new object, because pino's mixin and winston's formats
 * change the object.
 *
 * @example
 * const pinoLogger = pino({ mixin: contextFields })
 * const winstonFormat = winston.format((info) => Object.assign(info, contextFields()))
 */
export function contextFields(): ContextFields {
  const context = currentContext()
  if (context === undefined) return {}
  const { requestId, parentId, trace, account } = context
  const fields: ContextFields = { requestId }
  if (parentId !== undefined) fields.parentId = parentId
  if (trace !== undefined) fields.traceId = trace.traceId
  if (account !== undefined) fields.account = account
  return fields
}
