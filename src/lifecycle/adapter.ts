import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestContext } from '../context/request-context.js'
import type { Resolver } from '../context/resolver.js'
import { runWith } from '../context/storage.js'
import type { ErrorAnswer } from '../errors/answer.js'
import { type Failure, failureOf } from '../errors/failure.js'
import type { Exchange } from '../http/exchange.js'
import { sendAnswer, sendGuarded } from '../http/send-answer.js'
import type { Logger } from '../logging/logger.js'
import type { Attempt } from '../records/attempt.js'
import type { Observers } from '../records/observers.js'
import { ownMembers } from '../safe-values/own-member.js'
import { checkNodePair, openOf } from './check-open.js'
import type { Lifecycle } from './lifecycle.js'

/** A request that has begun. An adapter gets it from `begin` and hands it back to the other methods. */
export interface OpenRequest {
  readonly requestId: string
  readonly context: RequestContext
  /** Set it to a function that returns the pattern of the matched route, such as `/posts/:id`. Asked at the end. */
  route: (() => string | undefined) | undefined
  /**
   * Set it to true if the framework writes the response after `run` has returned, on a server that is not attached: Spoor
   * then does not take a head that is written outside every context for a lost context.
   */
  answersOutside: boolean
}

/** The reason why Spoor or an adapter itself refuses a request. */
export interface Refused {
  /** A status from 400 to 599. */
  readonly status: number
  /** For programs, such as `too_many_requests`. Default: from the status. */
  readonly code?: string | undefined
  /** For people. Shown in the answer of a 4xx. */
  readonly detail?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** For the log only. Default: an error without a stack that says `detail`. */
  readonly error?: unknown
}

/** Answers the requests below the mount of the inspector. */
export interface AdapterInspector {
  /**
   * Gives the answer; send it with `sendPrivate`. Never rejects.
   *
   * @param target the part of the URL behind the mount, with its query: `/api/requests?limit=10`
   * @param resolve returns the identity of the reader; asked unless the identity is already known
   */
  handle(request: OpenRequest, target: string, resolve: Resolver): Promise<ErrorAnswer>
}

/** One attempt at a job. */
export interface OpenJob {
  readonly context: RequestContext
  /** Runs `fn`, and everything that `fn` starts, in the job's context. Does not end the attempt. */
  run<T>(fn: () => T): T
  /**
   * Completes the job's context. Call it before any code of the job runs. `isFresh` cuts the job off from the request that
   * carried it: the job has no parent and no account.
   */
  update(details: { requestId?: string | undefined; name?: string | undefined; isFresh?: boolean }): void
  /** Ends the attempt and writes its line. Later calls do nothing. @param error the reason why the attempt failed */
  end(error?: unknown): void
}

/** Begins attempts at jobs. */
export interface AdapterJobs {
  /**
   * Begins one attempt, as the child of the request that queued the job.
   *
   * @param carried the data that `spoor.carry` returned, back from the queue. Other data is refused with a warning: the job
   * then has no account
   * @param attempt may be completed until the attempt ends
   */
  begin(carried: unknown, attempt: Attempt): OpenJob
}

/** The interface between Spoor and an adapter. `adapterOf(spoor)` of `spoor/adapter` gives it. */
export interface Adapter {
  /**
   * Begins a request: makes its context and sets `X-Request-ID` on the response. Its line is written when the response
   * ends. A request that has begun already, on an attached server or by another adapter, is returned as it is.
   *
   * @param request Node's request: frameworks with their own requests keep it, as `request.raw` or `ctx.req`
   * @throws TypeError for a framework's own request or response
   */
  begin(request: IncomingMessage, response: ServerResponse): OpenRequest
  /** Call it once per mount and request. Returns false if this instance was already mounted on the request's path. */
  markMounted(request: OpenRequest): boolean
  /** Runs `fn`, and everything that `fn` starts, in the request's context. */
  run<T>(request: OpenRequest, fn: () => T): T
  /** Like `run`, for later parts of an adapter (hooks, error handlers): it also detects a context that was lost on the way. */
  resume<T>(request: OpenRequest, fn: () => T): T
  /**
   * Sets the identity that `resolve` returns. Returns undefined if `resolve` answered at once, else a promise.
   *
   * @throws (or rejects with) the error of `resolve`, and IdentityError for an answer that is not an identity
   */
  identify(request: OpenRequest, resolve: Resolver): undefined | Promise<void>
  /**
   * Logs an error that the service threw, and returns the answer to send.
   *
   * @param status the status that the service has set, if it is from 400 to 599; for an error without a status of its own
   */
  fail(request: OpenRequest, error: unknown, status?: number): ErrorAnswer
  /** Returns the 404 for a request that no route matched. */
  notFound(request: OpenRequest): ErrorAnswer
  /** Logs a request that the adapter itself refuses, and returns the answer to send. `errors.map` is not asked. */
  refuse(request: OpenRequest, refused: Refused): ErrorAnswer
  /**
   * Sends an answer. If the response has already begun, its connection is cut, so that the client notices. Never throws.
   * A framework that builds its own responses may send `status`, `headers` and `body` itself.
   */
  send(response: ServerResponse, answer: ErrorAnswer): void
  /** Sends an answer of the inspector: like `send`, but without the CORS headers that the service has set. */
  sendPrivate(response: ServerResponse, answer: ErrorAnswer): void
  /** Undefined if `createSpoor` has no option `inspector`. */
  readonly inspector: AdapterInspector | undefined
  /** For adapters of queues: begins attempts at jobs. */
  readonly jobs: AdapterJobs
  /** The root logger of the service, for frameworks that log their own lines. */
  readonly logger: Logger
  /**
   * Writes a warning with the root logger, once per `about`: a mistake in how Spoor is mounted, and the fix.
   *
   * @param about identifies the warning; never text from a caller. After 100 different ones nothing more is written
   */
  warnOnce(about: string, message: string): void
}

/** What one instance shows to adapters and to tests. Other copies of the package find it by its key. */
export interface Internals {
  readonly adapter: Adapter
  readonly lifecycle: Lifecycle
  /** Absent in an instance of an earlier version. */
  readonly observers?: Observers
  readonly logs?: object
}

// Not a member of the type `Spoor`: adapters may come from another copy of the package than `createSpoor`.
const key = Symbol.for('spoor.internals.1')

/** Puts the internals on an instance. */
export function withInternals<T extends object>(instance: T, internals: Internals): T {
  return Object.defineProperty(instance, key, ownMembers({ value: internals, enumerable: true, configurable: true }))
}

/** The internals of what `createSpoor` returned; undefined for every other value. */
export function internalsOf(spoor: unknown): Internals | undefined {
  return (spoor as { [key]?: Internals } | null | undefined)?.[key]
}

/** An adapter's interface without the inspector, which is itself made with it. */
export type RequestAdapter = Omit<Adapter, 'inspector'>

/** Makes the interface of one instance. */
export function adapterFor(
  { requests, failures, jobs }: Lifecycle,
  logger: Logger,
  warnOnce: (about: string, message: string) => void,
): RequestAdapter {
  return {
    begin: (request, response) => {
      checkNodePair(request, response)
      return requests.begin(request, response)
    },
    markMounted: (exchange: Exchange) => requests.markMounted(openOf('markMounted', exchange)),
    run: (exchange: Exchange, fn) => runWith(openOf('run', exchange).context, fn),
    resume: (exchange: Exchange, fn) => requests.resume(openOf('resume', exchange), fn),
    identify: (exchange: Exchange, resolve) => requests.identify(openOf('identify', exchange), resolve),
    fail: (exchange: Exchange, error, status) => failures.fail(openOf('fail', exchange), error, status),
    notFound: (exchange: Exchange) => failures.notFound(openOf('notFound', exchange)),
    refuse: (exchange: Exchange, refused) => failures.refuse(openOf('refuse', exchange), failureFrom(refused)),
    send: sendAnswer,
    sendPrivate: sendGuarded,
    jobs,
    logger,
    warnOnce,
  }
}

function failureFrom({ status, code, detail, headers = {}, error }: Refused): Failure {
  const failure = failureOf(undefined, { status, code, detail })
  return { ...failure, headers, error: error ?? withoutStack(detail ?? failure.code) }
}

// The stack would show Spoor, not the caller's mistake.
function withoutStack(message: string): Error {
  const error = new Error(message)
  delete error.stack
  return error
}
