import { newId } from './new-id.js'
import { createContext, requestOf, type WorkContext } from './request-context.js'
import { isRequestId } from './request-id.js'
import { mostNamed } from './steps.js'
import { currentContext } from './storage.js'
import { readTrace, type Trace } from './trace-context.js'
import type { Work } from './work.js'

/** What travels with a job or message: plain JSON. Never roles: who may do what is decided where it is done. */
export interface Carried {
  /** Version of this shape. */
  readonly v: 1
  /** The job's id over all its attempts. */
  readonly id: string
  /** The request that queued it. */
  readonly parentId?: string | undefined
  readonly account?: string | undefined
  readonly name?: string | undefined
  /** The W3C trace of the request. */
  readonly traceparent?: string | undefined
  readonly tracestate?: string | undefined
}

const longestText = 200

/** Makes what travels with a job that the current work (if any) leaves behind. */
export function carriedFrom(context: WorkContext | undefined, name: string | undefined): Carried {
  const id = newId()
  if (context !== undefined) list(context.work, id, name)
  return {
    v: 1,
    id,
    ...(context && { parentId: context.requestId }),
    ...(context?.account !== undefined && { account: context.account }),
    ...(name && { name: name.slice(0, longestText) }),
    ...(context?.trace && { traceparent: context.trace.traceparent }),
    ...(context?.trace?.tracestate && { tracestate: context.trace.tracestate }),
  }
}

/**
 * The context of one attempt at a job. What came back from a queue is checked like a header: anything that cannot be
 * is refused whole, and the job runs under a fresh id, without an account.
 *
 * @param trace what to do where no trace was carried
 * @returns the context, and whether `carried` was refused
 */
export function childContext(
  carried: unknown,
  name?: string,
  trace?: 'own',
): { context: WorkContext; refused: boolean } {
  const within = requestOf(currentContext())
  if (!isCarried(carried)) return { context: createContext('job', { name, trace, within }), refused: true }
  const { id, parentId, account } = carried
  const seed = { requestId: id, parentId, account, name: name ?? nameOf(carried), within }
  return { context: createContext('job', { ...seed, trace: traceOf(carried) ?? trace }), refused: false }
}

function list(work: Work, id: string, name: string | undefined): void {
  work.jobs ??= []
  if (work.jobs.length < mostNamed) work.jobs.push({ id, name: name?.slice(0, longestText), at: performance.now() })
}

function isCarried(value: unknown): value is Carried {
  if (typeof value !== 'object' || value === null) return false
  const { v, id, parentId, account, traceparent } = value as Record<string, unknown>
  if (v !== 1 || !isRequestId(id)) return false
  if (traceparent !== undefined && (typeof traceparent !== 'string' || !readTrace(traceparent))) return false
  return (parentId === undefined || isRequestId(parentId)) && (account === undefined || isText(account))
}

function traceOf({ traceparent, tracestate }: Carried): Trace | undefined {
  return readTrace(traceparent, typeof tracestate === 'string' ? tracestate : undefined)
}

// An odd name is no reason to lose whose job it is.
function nameOf({ name }: Carried): string | undefined {
  return isText(name) ? name : undefined
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longestText
}
