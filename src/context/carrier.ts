import { own, ownMembers } from '../safe-values/own-member.js'
import { typeName } from '../safe-values/type-name.js'
import { maxNamed } from '../work/steps.js'
import type { Work } from '../work/work.js'
import { newId } from './new-id.js'
import { createContext, requestOf, type WorkContext } from './request-context.js'
import { isRequestId } from './request-id.js'
import { currentContext } from './storage.js'
import { newTrace, readTrace, type Trace } from './trace-context.js'

/** The plain JSON that travels with a job or message. It never has roles: the worker must authorize the work itself. */
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
  /** Who queued it is measured, and so shall the job be. */
  readonly tracked?: true | undefined
}

const maxTextLength = 200
/** `carry` gives at most 55 and 512 characters of a trace. */
const maxTraceparentLength = 100
const maxTracestateLength = 512

/** The name that `carry` was told. @throws TypeError for what is no `{ name? }` */
export function namedIn(options: unknown = {}): string | undefined {
  if (typeof options !== 'object' || options === null) throw new TypeError(noName(options))
  const name = own(options as { name?: unknown }, 'name')
  if (name === undefined || typeof name === 'string') return name
  throw new TypeError(noName(name))
}

/** Makes what travels with a job, and lists the job with what the current work (if any) queued. */
export function carriedFrom(context: WorkContext | undefined, name: string | undefined): Carried {
  const carried = unlistedFrom(context, name)
  if (context !== undefined) listJobs(context.work, { id: carried.id, name: carried.name })
  return carried
}

/** Makes what travels with a job of which it is not known yet whether it will be queued. */
export function unlistedFrom(context: WorkContext | undefined, name?: string): Carried {
  return {
    v: 1,
    id: newId(),
    ...(context && { parentId: context.requestId }),
    ...(context?.account !== undefined && { account: context.account }),
    ...(nameOf(name) && { name: nameOf(name) }),
    ...(context?.trace && { traceparent: context.trace.traceparent }),
    ...(context?.trace?.tracestate && { tracestate: context.trace.tracestate }),
    ...(context?.work.tracked && { tracked: true as const }),
  }
}

/**
 * Lists a job with what a request or job queued.
 *
 * @param count of several jobs under one id, how many
 */
export function listJobs(work: Work, job: { id: string; name: string | undefined }, count?: number): void {
  work.jobsQueued += count ?? 1
  work.jobs ??= []
  if (work.jobs.length >= maxNamed) return
  work.jobs.push({ id: job.id, name: nameOf(job.name), count, at: performance.now() })
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
  const read = readCarried(carried)
  if (read === undefined) return { context: createContext('job', { name: nameOf(name), trace, within }), refused: true }
  const seed = { ...read, name: nameOf(name) ?? read.name, trace: read.trace ?? trace, within }
  const context = createContext('job', seed)
  context.work.tracked = read.tracked
  return { context, refused: false }
}

/** What is known of a job only when it is about to run. */
export interface JobDetails {
  readonly requestId?: string | undefined
  readonly name?: string | undefined
  /** It begins a chain of its own, whatever it carried. */
  readonly isFresh?: boolean
}

/** Changes the context of a job, before anything was done in it. */
export function amendJob(context: WorkContext, known: JobDetails): void {
  const open = context as { -readonly [K in keyof WorkContext]: WorkContext[K] }
  if (known.isFresh) {
    Object.assign(open, { parentId: undefined, account: undefined, trace: context.trace && newTrace(context.id) })
    open.work.tracked = false
  }
  if (isRequestId(known.requestId)) open.requestId = known.requestId
  open.name = nameOf(known.name) ?? open.name
}

interface Read {
  readonly requestId: string
  readonly parentId: string | undefined
  readonly account: string | undefined
  readonly name: string | undefined
  readonly trace: Trace | undefined
  readonly tracked: boolean
}

/** @returns undefined if any of it cannot be; each member is read once, for it may be anything that answers */
function readCarried(value: unknown): Read | undefined {
  try {
    // Own members only, whatever a dependency put on Object.prototype.
    const { v, id, parentId, account, name, traceparent, tracestate, tracked } = ownMembers(value as object)
    if (v !== 1 || !isRequestId(id)) return undefined
    if (parentId !== undefined && !isRequestId(parentId)) return undefined
    if (account !== undefined && !isText(account)) return undefined
    if (tracked !== undefined && tracked !== true) return undefined
    if (traceparent !== undefined && (typeof traceparent !== 'string' || traceparent.length > maxTraceparentLength)) {
      return undefined
    }
    const state = typeof tracestate === 'string' ? tracestate : undefined
    if (state !== undefined && state.length > maxTracestateLength) return undefined
    const trace = readTrace(traceparent, state)
    if (traceparent !== undefined && trace === undefined) return undefined
    // A job with an invalid name keeps its parent and account.
    return { requestId: id, parentId, account, name: nameOf(name), trace, tracked: tracked === true }
  } catch {
    return undefined
  }
}

/** A name as it is kept: cut where it is too long, none where it cannot be one. */
function nameOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, maxTextLength) : undefined
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxTextLength
}

function noName(value: unknown): string {
  return `carry: name: expected a string, as in carry({ name: 'resize' }), got ${typeName(value)}`
}
