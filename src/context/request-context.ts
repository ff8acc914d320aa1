import { own } from '../safe-values/own-member.js'
import { newWork, type Work } from '../work/work.js'
import { newId } from './new-id.js'
import { newTrace, type Trace } from './trace-context.js'

/** What kind of work a context stands for: a request, a job, or a scope opened by `spoor.run`. */
export type ContextKind = 'request' | 'job' | 'run'

/**
 * Who the current work is for. One is made for every request and travels with everything the request starts;
 * logging, errors and outgoing calls read it.
 */
export interface RequestContext {
  readonly kind: ContextKind
  /** Our own id of this piece of work: a UUID version 7 (RFC 9562), so its first 48 bits are the time of its start. */
  readonly id: string
  /** The id on every line and response. Equal to `id` unless a trusted caller brought one, or a job has several attempts. */
  readonly requestId: string
  /** What an untrusted caller sent as request id: sanitised and cut, for support only. */
  readonly clientRequestId: string | undefined
  /**
   * The W3C trace it belongs to: that of a trusted caller, of the request that queued it, or one of its own where the
   * service passes traces on. Undefined without a trace.
   */
  readonly trace: Trace | undefined
  /** The trace an untrusted caller named: 32 hexadecimal digits, for support only. */
  readonly clientTraceId: string | undefined
  /** The request that queued this job or opened this scope. */
  readonly parentId: string | undefined
  /** The account the work is done for. Undefined means none: it matches no account. */
  readonly account: string | undefined
  readonly user: string | undefined
  readonly roles: readonly string[]
  readonly name: string | undefined
  /** The request this scope or job was opened in, if any. */
  readonly within: RequestContext | undefined
}

/** A context as the parts of Spoor see it: with what is used for it. */
export interface WorkContext extends RequestContext {
  readonly work: Work
}

/** What a new context may be given; everything else starts empty. */
export type ContextSeed = { [K in keyof Omit<WorkContext, 'id' | 'kind' | 'trace'>]?: WorkContext[K] | undefined } & {
  /** `own`: a trace that begins here. */
  trace?: Trace | 'own' | undefined
}

/** Makes a context. Without a `requestId` it gets a fresh one. */
export function createContext(kind: ContextKind, seed: ContextSeed = nothing): WorkContext {
  const id = newId()
  const trace = own(seed, 'trace')
  // Every member is always there, in this order: engines then give all contexts one hidden class.
  return {
    kind,
    id,
    requestId: own(seed, 'requestId') ?? id,
    clientRequestId: own(seed, 'clientRequestId'),
    trace: trace === 'own' ? newTrace(id) : trace,
    clientTraceId: own(seed, 'clientTraceId'),
    parentId: own(seed, 'parentId'),
    account: own(seed, 'account'),
    user: own(seed, 'user'),
    roles: own(seed, 'roles') ?? [],
    name: own(seed, 'name'),
    within: own(seed, 'within'),
    work: own(seed, 'work') ?? newWork(),
  }
}

const nothing: ContextSeed = {}

/** The request that `context` is or was opened in. Only that is kept of where a scope was opened: not a chain of them. */
export function requestOf(context: RequestContext | undefined): RequestContext | undefined {
  return context?.kind === 'request' ? context : context?.within
}

/** True if `context` is that of `request` or was opened inside it, however deep. */
export function belongsTo(context: RequestContext | undefined, request: RequestContext): boolean {
  return context === request || context?.within === request
}
