import { own, ownMembers } from '../safe-values/own-member.js'
import { typeName } from '../safe-values/type-name.js'
import { maxNamed } from '../work/steps.js'
import type { Work } from '../work/work.js'
import { spanOf, traceparentOf } from './active-span.js'
import { knownContext, leaveForeign } from './known-context.js'
import { newId } from './new-id.js'
import { createContext, requestOf, type WorkContext } from './request-context.js'
import { isRequestId } from './request-id.js'
import { newTrace, readTrace, type Trace } from './trace-context.js'

/**
 * The plain JSON that `spoor.carry` returns and that travels with a job or message. It never contains roles: the worker
 * must authorize the work itself.
 */
export interface Carried {
  /** Version of this shape. */
  readonly v: 1
  /** The job's id over all its attempts. */
  readonly id: string
  /** The request id of the request or job that queued the job. */
  readonly parentId?: string | undefined
  readonly account?: string | undefined
  readonly name?: string | undefined
  /** The W3C trace of the request. */
  readonly traceparent?: string | undefined
  readonly tracestate?: string | undefined
  /** True if the request or job that queued this job is measured. The job is then measured too. */
  readonly tracked?: true | undefined
}

const maxTextLength = 200
/** `carry` writes at most 55 characters of a `traceparent`, and 512 of a `tracestate`. */
const maxTraceparentLength = 100
const maxTracestateLength = 512

const exampleOfCarry = "carry({ name: 'resize' })"

/** Checks the argument of `carry` and returns its name. @throws TypeError unless it is `{ name? }` */
export function namedIn(options: unknown = {}): string | undefined {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`carry: expected an object, as in ${exampleOfCarry}, got ${typeName(options)}`)
  }
  const name = own(options as { name?: unknown }, 'name')
  if (name === undefined || typeof name === 'string') return name
  throw new TypeError(`carry: name: expected a string, as in ${exampleOfCarry}, got ${typeName(name)}`)
}

/** Makes the value that travels with a job, and lists the job with the request or job that queues it. */
export function carriedFrom(context: WorkContext | undefined, name: string | undefined): Carried {
  const carried = unlistedFrom(context, name)
  if (context !== undefined) listJobs(context.work, { id: carried.id, name: carried.name })
  return carried
}

/** Makes the value that travels with a job, without listing the job: the job may not be queued after all. */
export function unlistedFrom(context: WorkContext | undefined, name?: string): Carried {
  return {
    v: 1,
    id: newId(),
    ...(context && { parentId: context.requestId }),
    ...(context?.account !== undefined && { account: context.account }),
    ...(nameOf(name) && { name: nameOf(name) }),
    ...traceOf(context),
    ...(context?.work.tracked && { tracked: true as const }),
  }
}

/** The trace that a job continues: that of the active span, whose trace id the lines of the request have. */
function traceOf(context: WorkContext | undefined): Pick<Carried, 'traceparent' | 'tracestate'> {
  const [span, trace] = [spanOf(context), context?.trace]
  const traceparent = span === undefined ? trace?.traceparent : traceparentOf(span)
  const isSame = span === undefined || span.traceId === trace?.traceId
  return {
    ...(traceparent && { traceparent }),
    ...(isSame && trace?.tracestate && { tracestate: trace.tracestate }),
  }
}

/**
 * Lists a job with the request or job that queued it.
 *
 * @param count the number of jobs, if several were queued under one id
 */
export function listJobs(work: Work, job: { id: string; name: string | undefined }, count?: number): void {
  work.jobsQueued += count ?? 1
  work.jobs ??= []
  if (work.jobs.length >= maxNamed) return
  work.jobs.push({ id: job.id, name: nameOf(job.name), count, at: performance.now() })
}

/**
 * Makes the context of one attempt at a job. The carried value is checked like a header. If any part of it is invalid,
 * the whole value is ignored, and the job runs under a fresh id, without an account.
 *
 * @param trace what to do if no trace was carried: `own` begins a new one
 * @returns the context, and whether `carried` was ignored
 */
export function childContext(
  carried: unknown,
  name?: string,
  trace?: 'own',
): { context: WorkContext; refused: boolean } {
  const read = readCarried(carried)
  const outer = knownContext()
  // A loop that runs the jobs of all accounts, started by the first request that queued one.
  const isForeign = outer?.work.line === 'written' && areDifferent(outer.account, read?.account)
  if (isForeign) leaveForeign(outer)
  const within = isForeign ? undefined : requestOf(outer)
  if (read === undefined) return { context: createContext('job', { name: nameOf(name), trace, within }), refused: true }
  const seed = { ...read, name: nameOf(name) ?? read.name, trace: read.trace ?? trace, within }
  const context = createContext('job', seed)
  context.work.tracked = read.tracked
  return { context, refused: false }
}

function areDifferent(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other
}

/** The details of a job that are known only when the job is about to run. */
export interface JobDetails {
  readonly requestId?: string | undefined
  readonly name?: string | undefined
  /** True if the job has no parent, even if a value was carried. */
  readonly isFresh?: boolean
}

/** Changes the context of a job, before any code has run in it. */
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

/** Reads each member once, because `value` may have getters. @returns undefined if any member is invalid */
function readCarried(value: unknown): Read | undefined {
  try {
    // Own members only: a dependency may have added members to `Object.prototype`.
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

/** The name of a job, cut at 200 characters; undefined for an invalid name. */
function nameOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, maxTextLength) : undefined
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxTextLength
}
