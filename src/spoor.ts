import type { Server as HttpServer } from 'node:http'
import { type Carried, carriedFrom, namedIn } from './context/carrier.js'
import { applyIdentity, type Identity, IdentityError } from './context/identity.js'
import { measure } from './context/measure.js'
import type { RequestContext } from './context/request-context.js'
import { bindToContext, checkFunction, type ScopeSeed, scopeContext } from './context/scope.js'
import { currentContext, runWith } from './context/storage.js'
import { ErrorReporter } from './errors/reporter.js'
import { trustOf } from './http/trust.js'
import type { Inspector } from './inspector/inspector.js'
import type { InspectorOptions } from './inspector/inspector-options.js'
import { lateInspector } from './inspector/late-inspector.js'
import { Lifecycle } from './lifecycle/requests.js'
import { editOf } from './logging/define-logs.js'
import { logFatal } from './logging/fatal.js'
import { WarnOnce } from './logging/warn-once.js'
import { checkOptions } from './options.js'
import { codeOf } from './outgoing/call.js'
import { rulesOf } from './outgoing/rules.js'
import { followCalls } from './outgoing/watch.js'
import { type Attempt, checkAttempt } from './records/attempt.js'
import { memoryRecords } from './records/memory-records.js'
import type { RecordStore } from './records/record-store.js'
import { RecordWriter } from './records/record-writer.js'
import { ownMembers } from './safe-values/own-member.js'
import type { ReadFrom } from './spoor-inspector.js'
import { type SpoorOptions, safeErrorLevel, safeIgnore, spoorOptions, type TrackingOptions } from './spoor-options.js'
import { trackingOf } from './spoor-parts.js'

/** What follows the requests of one service. Adapters take it, the service asks it. */
export interface Spoor {
  /** The context of the request that is being worked for, or undefined outside any. */
  context(): RequestContext | undefined
  /**
   * Says for whom the current request works, when that is known later than the adapter's resolver.
   *
   * @throws IdentityError outside a request, for what cannot be an identity, and for another account than before unless
   * `switch` is true
   */
  identify(identity: Identity, options?: { switch?: boolean }): void
  /**
   * Runs `fn` in a context of its own, with a new id if none is given: for timers, scripts, messages. Inside a request
   * it has that request as `parentId` and its identity unless told. It leaves no request line.
   *
   * @throws IdentityError or TypeError for what it cannot take; whatever `fn` throws
   */
  run<T>(seed: ScopeSeed, fn: () => T): T
  /**
   * Runs `fn` as a named step of the current request: on its time axis and in `Server-Timing` where it is measured.
   *
   * @throws TypeError for what is no name or no function; whatever `fn` throws
   */
  measure<T>(name: string, fn: () => T): T
  /**
   * What travels with a job or message: plain JSON with its new id, the parent's request id and the account.
   *
   * @throws TypeError for what is no `{ name? }`
   */
  carry(options?: { name?: string }): Carried
  /**
   * Runs one attempt at a job as the child of the request that queued it, and leaves its line.
   *
   * @throws TypeError for what is no attempt or no function; whatever `fn` throws
   */
  runChild<T>(carried: Carried, attempt: Attempt, fn: () => T): T
  /** Ties a callback to the context of here and now, for libraries that call it from somewhere else. */
  bind<Args extends unknown[], Result>(fn: (...args: Args) => Result): (...args: Args) => Result
  /** Claims an http(s) server, so that requests have their id below the framework: parser errors, upgrades. */
  attach(server: AttachableServer): void
  /** Resolves when every line written so far has been handed to the system. */
  flush(): Promise<void>
  /**
   * Waits for open requests (5 s at most), writes their lines and undoes every hook and patch. May be called twice. It
   * does not close `logs`.
   */
  close(): Promise<void>
  /** @internal Adapters use `adapterOf` of `spoor/adapter`. */
  readonly lifecycle: Lifecycle
  /** @internal */
  readonly inspector?: Inspector | undefined
}

/** A server of `node:http`, `node:https` or `node:http2`. */
export type AttachableServer = Pick<HttpServer, 'emit' | 'listenerCount'>

/**
 * Makes the Spoor of a service.
 *
 * @example
 * export const spoor: Spoor = createSpoor({ service: 'publisher', version: '1.0.0', logs })
 *
 * @throws OptionsError at once, with every mistake
 */
export function createSpoor<const Name extends string>(given: SpoorOptions<Name>): Spoor {
  const options = checkOptions('createSpoor', given, spoorOptions)
  const { logs, errors, outgoing = [], tracking: { maxBytes, keepForMs } = ownMembers({}) as TrackingOptions } = options
  const service = { service: options.service, version: options.version }
  // Who is told of traces must find ours on our lines.
  const trace = outgoing.some(({ propagate }) => propagate) ? 'own' : undefined
  const { warn: warnOnce } = new WarnOnce(logs.root)
  const policy = {
    format: errors?.format ?? 'problem',
    map: errors?.map,
    level: safeErrorLevel(errors?.level, warnOnce),
    bytesOf: (value: unknown): number => Buffer.byteLength(JSON.stringify(logs.safe(value)) ?? ''),
    redacted: (text: string): string => String(logs.safe(text) ?? ''),
  }
  const tracking = trackingOf(options.tracking, warnOnce)
  // A store of the service's own is closed by the service: others may use it.
  const ownStore = options.records === undefined ? memoryRecords({ maxBytes, keepForMs }) : undefined
  const store = options.records ?? (ownStore as RecordStore)
  const keeper = new RecordWriter(store, (value) => logs.safe(value), warnOnce, editOf(logs))
  let lostCalls = 0
  const lifecycle: Lifecycle = new Lifecycle({
    service,
    requests: logs.get('requests'),
    warnings: logs.root,
    errors: new ErrorReporter(logs.root, policy),
    trusts: trustOf(options.requestId?.trust ?? false),
    ignores: safeIgnore(options.ignore, warnOnce),
    resolveWithinMs: options.resolveWithinMs ?? 5_000,
    safePath: (path) => logs.safePath(path),
    trace,
    tracking,
    records: tracking && keeper,
    warnOnce,
  })
  const unfollowCalls = followCalls({
    ruleOf: rulesOf(outgoing, (name) => logs.get(name as Name)),
    onLost: () => {
      lostCalls++
      warnOnce('call from a queue', lostCall)
    },
    onFault: (error) => warnOnce('call not followed', `${unfollowedCall} (${codeOf(error)})`),
  })
  const from = { service, logs, lifecycle, tracking, keeper, lostCalls: () => lostCalls }
  const inspector = ownInspector(options.inspector, from)
  const forgetFatal = logFatal(logs)
  return {
    context: currentContext,
    identify,
    measure,
    run: (seed, fn) => {
      checkFunction('run', fn, 'second argument')
      const context = scopeContext(seed, trace)
      tracking?.begin(context)
      return runWith(context, fn)
    },
    carry: (options) => carriedFrom(currentContext(), namedIn(options)),
    runChild: (carried, attempt, fn) => {
      checkAttempt(attempt, fn)
      return lifecycle.attempts.run(carried, attempt, fn)
    },
    bind: bindToContext,
    attach: (server) => lifecycle.attach(server as HttpServer),
    flush: () => logs.flush(),
    close: async () => {
      await lifecycle.close()
      tracking?.close()
      await ownStore?.close()
      unfollowCalls()
      forgetFatal()
      await logs.flush()
    },
    lifecycle,
    ...(inspector === undefined ? {} : { inspector }),
  }
}

/** The inspector, loaded when it is first asked; undefined where the options have none. */
function ownInspector<Name extends string>(
  options: InspectorOptions | undefined,
  from: ReadFrom<Name>,
): Inspector | undefined {
  if (options === undefined) return undefined
  return lateInspector(from.lifecycle, async () => {
    const { inspectorOf } = await import('./spoor-inspector.js')
    return inspectorOf(options, from)
  })
}

const lostCall =
  'undici sent a call from the queue of a dispatcher that limits its connections: it is not known for which request, so ' +
  'it carries no id and is charged to nobody; limit the calls before the dispatcher instead (docs/outgoing.md)'

const unfollowedCall =
  'a call to another service could not be followed, and went its way all the same: its request was not what undici or ' +
  'node:http make'

/** Says for whom the current request works. */
function identify(identity: Identity, options: { switch?: boolean } = {}): void {
  const context = currentContext()
  if (context === undefined) {
    throw new IdentityError(
      'ERR_SPOOR_NO_CONTEXT',
      'identify: called outside any request; call it from a handler or middleware behind the adapter',
    )
  }
  applyIdentity(context, identity, options)
}
