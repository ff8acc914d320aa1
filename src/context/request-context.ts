import { own } from '../safe-values/own-member.js'
import { newWork, type Work } from '../work/work.js'
import { newId } from './new-id.js'
import { newTrace, type Trace } from './trace-context.js'

/** The kind of work that a context is for: a request, a job, or a scope opened by `spoor.run`. */
export type ContextKind = 'request' | 'job' | 'run'

/**
 * The context of the current work: its ids, account and roles. Spoor makes one for every request. The context is passed
 * on to everything that the request starts. Loggers, errors and outgoing calls read it.
 */
export interface RequestContext {
  readonly kind: ContextKind
  /**
   * Spoor's own id of this work: a UUID version 7 (RFC 9562). Its first 48 bits are the time at which the work began.
   */
  readonly id: string
  /**
   * The id on every line and response. Equal to `id` unless a trusted caller sent another, or a job has several
   * attempts.
   */
  readonly requestId: string
  /** The request id that an untrusted caller sent, sanitized and cut to 200 characters. Use it for support only. */
  readonly clientRequestId: string | undefined
  /**
   * The W3C trace that the work belongs to: the trace of a trusted caller, or of the request that queued the job, or a
   * new one if any entry of `outgoing` has `propagate: true`. Undefined without a trace.
   */
  readonly trace: Trace | undefined
  /** The trace id that an untrusted caller sent: 32 hexadecimal digits. Use it for support only. */
  readonly clientTraceId: string | undefined
  /** The request id of the request that queued this job or opened this scope. */
  readonly parentId: string | undefined
  /** The account that the work is done for. Undefined if there is no account: it then matches no account. */
  readonly account: string | undefined
  readonly user: string | undefined
  readonly roles: readonly string[]
  readonly name: string | undefined
  /** The request in which this scope or job was opened, if any. */
  readonly within: RequestContext | undefined
}

/** A context as the parts of Spoor see it, with the resources that the work used. */
export interface WorkContext extends RequestContext {
  readonly work: Work
}

/** The values of a new context. A value that is left out starts empty. */
export type ContextSeed = { [K in keyof Omit<WorkContext, 'id' | 'kind' | 'trace'>]?: WorkContext[K] | undefined } & {
  /** `own` begins a new trace. */
  trace?: Trace | 'own' | undefined
}

/** Makes a context. If there is no `requestId`, the context gets a fresh one. */
export function createContext(kind: ContextKind, seed: ContextSeed = nothing): WorkContext {
  const id = newId()
  const trace = own(seed, 'trace')
  // Every context has all members, in this order, so that V8 gives all contexts one hidden class.
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
    work: own(seed, 'work') ?? newWork(kind === 'run' ? 'none' : 'open'),
  }
}

const nothing: ContextSeed = {}

/**
 * The request that `context` belongs to, or in which it was opened. A context keeps only this request, not the chain of
 * scopes in between.
 */
export function requestOf(context: RequestContext | undefined): RequestContext | undefined {
  return context?.kind === 'request' ? context : context?.within
}

/** True if `context` is the context of `request`, or was opened inside it at any depth. */
export function belongsTo(context: RequestContext | undefined, request: RequestContext): boolean {
  return context === request || context?.within === request
}
