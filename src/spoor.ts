import type { Server as HttpServer } from 'node:http'
import { openAlerts } from './alerts/open-alerts.js'
import { type Carried, carriedFrom, namedIn } from './context/carrier.js'
import { applyIdentity, type Identity, IdentityError } from './context/identity.js'
import { knownContext, leaveForeign } from './context/known-context.js'
import type { RequestContext } from './context/request-context.js'
import { defaultIdHeader, idHeader } from './context/request-id.js'
import { bindToContext, checkFunction, type ScopeSeed, scopeContext } from './context/scope.js'
import { runWith } from './context/storage.js'
import { safeErrorLevel } from './errors/errors-options.js'
import { ErrorReporter } from './errors/reporter.js'
import { clientReader } from './http/client.js'
import { followOperations } from './http/graphql-route.js'
import { safeIgnore } from './http/ignore.js'
import { type RequestIdOptions, safeGenerate } from './http/request-id-options.js'
import { trustOf } from './http/trust.js'
import type { Inspector } from './inspector/inspector.js'
import type { InspectorOptions } from './inspector/inspector-options.js'
import { lateInspector } from './inspector/late-inspector.js'
import { adapterFor, withInternals } from './lifecycle/adapter.js'
import { startHeartbeat } from './lifecycle/heartbeat.js'
import { openLifecycle } from './lifecycle/lifecycle.js'
import { safeLive } from './lifecycle/safe-live.js'
import { openTotals } from './lifecycle/totals.js'
import { editOf } from './logging/define-logs.js'
import { logFatal } from './logging/fatal.js'
import { WarnOnce } from './logging/warn-once.js'
import { checkOptions } from './options.js'
import { codeOf } from './outgoing/call.js'
import { rulesOf } from './outgoing/rules.js'
import { lostCall, unfollowedCall, unfollowedOperation } from './outgoing/unfollowed.js'
import { followCalls } from './outgoing/watch.js'
import { follow } from './queries/follow-any.js'
import type { FollowedQuery } from './queries/follow-call.js'
import { followNothing, followQueries } from './queries/queries.js'
import { started } from './queries/started.js'
import { Adding } from './records/adding.js'
import { type Attempt, checkAttempt } from './records/attempt.js'
import { memoryRecords } from './records/memory-records.js'
import { Observers } from './records/observers.js'
import { RecentRequests } from './records/recent-requests.js'
import type { RecordStore } from './records/record-store.js'
import { RecordWriter } from './records/record-writer.js'
import { RequestEvents } from './records/request-events.js'
import { defaultLineLevel, safeLineLevel } from './records/request-line-options.js'
import { ownMembers } from './safe-values/own-member.js'
import type { SafeValue } from './safe-values/safe-value.js'
import type { ReadFrom } from './spoor-inspector.js'
import { type SpoorOptions, spoorOptions } from './spoor-options.js'
import { type TrackingOptions, trackingOf } from './tracking/tracking-options.js'
import { watchdogOf } from './tracking/watchdog.js'
import { measure } from './usage/measure.js'

/** The Spoor of one service. Hand it to the adapters, and call its methods in your code. */
export interface Spoor {
  /** Returns the context of the current request, job or scope; undefined outside them. */
  context(): RequestContext | undefined
  /**
   * Sets the identity of the current request, if it becomes known after the adapter's account resolver has run.
   *
   * @example
   * spoor.identify({ account: 'acme', user: 'ann', roles: ['admin'] })
   *
   * @throws IdentityError outside a request, for a value that is not an identity, and for a different account unless
   * `switch` is true
   */
  identify(identity: Identity, options?: { switch?: boolean }): void
  /**
   * Runs `fn` in a new context, for timers, scripts and messages. The context gets a new id unless `seed` has one. Inside
   * a request, the context has this request as `parentId`, and its identity unless `seed` has one. It writes no request
   * line.
   *
   * @example
   * await spoor.run({ name: 'nightly clean-up', account: 'acme' }, () => cleanUp())
   *
   * @throws IdentityError or TypeError for an invalid `seed`; the error of `fn`
   */
  run<T>(seed: ScopeSeed, fn: () => T): T
  /**
   * Runs `fn` as a named step of the current request. Measured requests show the step on their time axis and in
   * `Server-Timing` (https://www.w3.org/TR/server-timing/). If `fn` returns a thenable, a measured request gets a promise.
   *
   * @example
   * const page = await spoor.measure('render', () => render(post))
   *
   * @throws TypeError if the name is not a string or `fn` is not a function; the error of `fn`
   */
  measure<T>(name: string, fn: () => T): T
  /**
   * Follows the queries of a database client: each request line and record gets the queries of its request, without values.
   * Returns the client. For postgres.js, it returns another function: use that one. A second call for the same client does
   * nothing. docs/queries.md lists the clients.
   *
   * @example
   * const pool = spoor.follow(new pg.Pool({ connectionString: process.env.DATABASE_URL }))
   *
   * @throws TypeError for a client that Spoor does not know
   */
  follow<T extends object>(client: T): T
  /**
   * Follows one query of any other client. Calls `fn`, and returns its result. The query ends when the result is ready: if it is a
   * promise, a generator or a stream, when that ends.
   *
   * @example
   * const rows = await spoor.follow({ system: 'cassandra', summary: 'SELECT posts' }, () => client.execute(text))
   *
   * @throws TypeError if `query` or `fn` is invalid; the error of `fn`
   */
  follow<T>(query: FollowedQuery, fn: () => T): T
  /**
   * Adds the service's own fields to the current request or job, as `fields` of its request line and its record. A later value
   * replaces an earlier one. Secrets are redacted. A request has at most 32 names and 8 KB (JSON). Never throws. Outside any
   * request or job, and after its line, the call does nothing, and the inspector's health counts it (`context.addedNowhere`).
   *
   * @example
   * spoor.add({ plan: 'pro', cart: { items: 3 } })
   */
  add(fields: Readonly<Record<string, unknown>>): void
  /**
   * Adds `by` (default 1) to a count of the current request or job, as `counts` of its request line and its record. A request has
   * at most 32 names. Never throws. Outside any request or job, and after its line, the call does nothing, and the inspector's
   * health counts it (`context.addedNowhere`).
   *
   * @example
   * spoor.count('tokens', completion.usage.total_tokens)
   */
  count(name: string, by?: number): void
  /**
   * Returns the data to send along with a job or message, as plain JSON: a new id, the request id, the account and the
   * trace. Never roles: the worker must authorize the work itself.
   *
   * @example
   * await queue.add({ carried: spoor.carry({ name: 'receipt' }), to: 'mara@example.com' })
   *
   * @throws TypeError if `options` is not `{ name? }`
   */
  carry(options?: { name?: string }): Carried
  /**
   * Runs one attempt at a job as the child of the request that queued it, and writes the attempt's line. If `carried` is
   * not what `carry` returned, the job runs under a fresh id, without an account, and a warning is logged.
   *
   * @example
   * await spoor.runChild(message.carried, { attempt: 1 }, () => sendReceipt(message.to))
   *
   * @throws TypeError if `attempt` is not an object or `fn` is not a function; the error of `fn`
   */
  runChild<T>(carried: Carried, attempt: Attempt, fn: () => T): T
  /**
   * Returns a function that always runs `fn` in the current context, for libraries that call it from another context.
   *
   * @example
   * pool.query('select 1', spoor.bind((error, rows) => respond(rows)))
   */
  bind<Args extends unknown[], Result>(fn: (...args: Args) => Result): (...args: Args) => Result
  /**
   * Attaches an HTTP server, so that each request has an id before any listener runs, also parser errors and upgrades.
   *
   * @throws TypeError for anything but a server of `node:http`, `node:https` or `node:http2`
   */
  attach(server: AttachableServer): void
  /** Resolves when all lines written so far have been passed to the operating system. */
  flush(): Promise<void>
  /**
   * Waits up to 5 s for open requests, writes their lines and removes every hook and patch. Calling it twice is safe. It
   * does not close `logs`.
   */
  close(): Promise<void>
}

/** A server of `node:http`, `node:https` or `node:http2`. */
export type AttachableServer = Pick<HttpServer, 'emit' | 'listenerCount'>

/**
 * Creates the Spoor of a service.
 *
 * @example
 * export const spoor: Spoor = createSpoor({ service: 'publisher', version: '1.0.0', logs })
 *
 * @throws OptionsError with every mistake in the options
 */
export function createSpoor<const Name extends string>(given: SpoorOptions<Name>): Spoor {
  const options = checkOptions('createSpoor', given, spoorOptions)
  const { logs, errors, outgoing = [], tracking: { maxBytes, keepForMs } = ownMembers({}) as TrackingOptions } = options
  const service = { service: options.service, version: options.version }
  // If another service gets Spoor's trace, the trace must be on Spoor's lines.
  const trace = outgoing.some(({ propagate }) => propagate) ? 'own' : undefined
  const { warn: warnOnce } = new WarnOnce(logs.root)
  const safe = (value: unknown): SafeValue | undefined => logs.safe(value)
  const policy = {
    format: errors?.format ?? 'problem',
    map: errors?.map,
    level: safeErrorLevel(errors?.level, warnOnce),
    bytesOf: (value: unknown): number => Buffer.byteLength(JSON.stringify(logs.safe(value)) ?? ''),
    safe,
    redacted: (text: string): string => String(logs.safe(text) ?? ''),
  }
  const { trust = false, header, generate } = options.requestId ?? (ownMembers({}) as RequestIdOptions)
  const { requestLine } = options
  const trusts = trustOf(trust)
  const ids = header === undefined ? defaultIdHeader : idHeader(header)
  const tracking = trackingOf(options.tracking, warnOnce)
  const { watchdog: wanted } = options.tracking ?? (ownMembers({}) as TrackingOptions)
  const watchdog = wanted ? watchdogOf(wanted, logs, warnOnce) : undefined
  // The service closes a store that it made itself: other code may still use it.
  const ownStore = options.records === undefined ? memoryRecords({ maxBytes, keepForMs }) : undefined
  const store = options.records ?? (ownStore as RecordStore)
  const keeper = new RecordWriter(store, safe, warnOnce, editOf(logs))
  const adding = new Adding(safe, warnOnce)
  // Only readers of the inspector ask for it.
  const texts = { safe, edit: editOf(logs) }
  const recent = options.inspector === undefined ? undefined : new RecentRequests({ keepForMs }, texts)
  const observers = new Observers(warnOnce)
  const requests = logs.get('requests')
  const run = crypto.randomUUID()
  const shareTo = store.totals && { store: store.totals, run, onFailure: keeper.failedToShare }
  const requestsFile = logs.files()['requests']
  const totalsParts = { service, requests, requestsFile, tracking, shareTo, observers, warnOnce }
  const { totals, close: closeTotals } = openTotals(totalsParts)
  const use = () => totals.read({ by: 'account', spanMs: 60_000 })
  const isAlerting = options.alerts !== undefined || options.budget !== undefined
  const claim = store.claim?.bind(store)
  const alerts = isAlerting
    ? openAlerts(options, { service, logs, warnOnce, store: keeper, claim, watchdog, use })
    : undefined
  let lostCalls = 0
  const lifecycle = openLifecycle({
    service,
    requests,
    warnings: logs.root,
    errors: new ErrorReporter(logs.root, policy),
    trusts,
    idHeader: ids,
    newRequestId: safeGenerate(generate, warnOnce),
    // `true` lists no proxy, so it does not say which entries of X-Forwarded-For may be forged.
    clients: clientReader(requestLine, typeof trust === 'boolean' ? () => false : trusts),
    lineLevel: requestLine?.level === undefined ? defaultLineLevel : safeLineLevel(requestLine.level, warnOnce),
    ignores: safeIgnore(options.ignore, warnOnce),
    resolveWithinMs: options.resolveWithinMs ?? 5_000,
    safePath: (path) => logs.safePath(path),
    trace,
    tracking,
    records: tracking && keeper,
    totals,
    recent,
    events: new RequestEvents(safe, editOf(logs)),
    onEnd: alerts?.onEnd,
    observers,
    warnOnce,
  })
  const stopHeartbeat =
    store.live &&
    startHeartbeat({
      store: store.live,
      service,
      run,
      open: () => safeLive(lifecycle, logs),
      onFailure: keeper.failedToShare,
    })
  const unfollowCalls = followCalls({
    ruleOf: rulesOf(outgoing, (name) => logs.get(name as Name), ids),
    hasRules: outgoing.length > 0,
    onLost: () => {
      lostCalls++
      warnOnce('call from a queue', lostCall)
    },
    onFault: (error) => warnOnce('call not followed', `${unfollowedCall} (${codeOf(error)})`),
  })
  const unfollowQueries = followQueries(options.queries, (name) => logs.get(name as Name), warnOnce)
  const unfollowOperations = followOperations((error) =>
    warnOnce('operation not followed', `${unfollowedOperation} (${codeOf(error)})`),
  )
  const adapter = adapterFor(lifecycle, logs.root, warnOnce)
  const from = {
    ...{ service, logs, lifecycle, adapter, tracking, watchdog, keeper, recent, totals, adding },
    lostCalls: () => lostCalls,
  }
  const inspector = ownInspector(options.inspector, from)
  const forgetFatal = logFatal(logs)
  const spoor: Spoor = {
    context: knownContext,
    identify,
    measure,
    add: adding.add,
    count: adding.count,
    follow: options.queries === false ? followNothing : follow,
    run: (seed, fn) => {
      checkFunction('run', fn, 'second argument')
      const context = scopeContext(seed, trace)
      tracking?.begin(context)
      return runWith(context, () => started(fn()))
    },
    carry: (options) => carriedFrom(knownContext(), namedIn(options)),
    runChild: (carried, attempt, fn) => {
      checkAttempt(attempt, fn)
      return lifecycle.jobs.run(carried, attempt, fn)
    },
    bind: bindToContext,
    attach: (server) => void lifecycle.attach(server as HttpServer),
    flush: () => logs.flush(),
    close: async () => {
      inspector?.close()
      await lifecycle.close()
      observers.closed()
      await stopHeartbeat?.()
      await closeTotals()
      await alerts?.close()
      tracking?.close()
      await watchdog?.close()
      await ownStore?.close()
      recent?.clear()
      unfollowCalls()
      unfollowQueries?.()
      unfollowOperations()
      forgetFatal()
      await logs.flush()
    },
  }
  return withInternals(spoor, { adapter: { ...adapter, inspector }, lifecycle, observers, logs })
}

/** The inspector, loaded by the first request for it; undefined without the option `inspector`. */
function ownInspector<Name extends string>(
  options: InspectorOptions | undefined,
  from: ReadFrom<Name>,
): Inspector | undefined {
  if (options === undefined) return undefined
  return lateInspector(from.adapter, async () => {
    const { inspectorOf } = await import('./spoor-inspector.js')
    return inspectorOf(options, from)
  })
}

/** Sets the identity of the current request. */
function identify(identity: Identity, options: { switch?: boolean } = {}): void {
  const context = knownContext()
  if (context === undefined) {
    throw new IdentityError(
      'ERR_SPOOR_NO_CONTEXT',
      'identify: called outside any request; call it from a handler or middleware behind the adapter',
    )
  }
  try {
    applyIdentity(context, identity, options, 'identify')
  } catch (error) {
    // A request that has ended does not change its account: the code works for another request.
    const isOther = error instanceof IdentityError && error.code === 'ERR_SPOOR_ACCOUNT_SWITCH'
    if (isOther && context.work.line === 'written') leaveForeign(context)
    throw error
  }
}
