import { knownContext } from '../context/known-context.js'
import type { WorkContext } from '../context/request-context.js'
import { watchCalls } from '../process/call-watchers.js'
import type { OnFault } from '../process/channels.js'
import { CallList } from '../work/calls.js'
import { OpenList } from '../work/open-list.js'
import { OpenCall } from './call.js'
import { watchHttp2 } from './http2.js'
import { watchNodeHttp } from './node-http.js'
import { type CallHeaders, propagate } from './propagation.js'
import type { RuleOf } from './rules.js'
import type { Target } from './target.js'
import { watchUndici } from './undici.js'

/** The functions of an instance that follows calls. */
export interface CallWatcher {
  readonly ruleOf: RuleOf
  /** False if `ruleOf` never finds a rule. */
  readonly hasRules: boolean
  /** Called when a client sends a call from a queue of its own. The request of the call is unknown. */
  onLost(): void
  /** True if the call that begins now is not one of the service: it is not followed. */
  excludes?(): boolean
  /** Called when a call has ended. */
  onCall?(call: OpenCall): void
  /** Called when following a call failed. The call itself continues; only figures are missing. */
  onFault: OnFault
}

/** The calls of this process, as the code for each client reports them. */
export interface Calls {
  /**
   * Begins a call. Undefined if it is not followed.
   *
   * @param isLost true if the current context is that of another call
   */
  begin(target: Target, headers: CallHeaders, isLost?: boolean): OpenCall | undefined
  /** Counts a call of which no end will be reported: HTTP/2, or a connection that leaves HTTP. */
  beginUnknown(): void
  /** Called with an error that was thrown while a call was followed. */
  readonly onFault: OnFault
  /** True if an instance has rules for hosts. */
  readonly hasRules: boolean
}

/**
 * Follows the calls of this process to other services: those of undici (with the global `fetch`), `node:http` and
 * `node:https`. Each call is charged to the request that makes it, even if another instance follows it. The first
 * instance with a rule for the host writes the line and decides which headers are sent.
 *
 * @returns a function that ends it; the last one removes every subscription and patch, and ends the open calls
 */
export function followCalls(watcher: CallWatcher): () => void {
  return watchCalls(watcher, (watchers) => {
    const calls = new WatchedCalls(watchers)
    const stops = [watchUndici(calls), watchNodeHttp(calls), watchHttp2(calls)]
    return () => {
      for (const stop of stops) stop()
      calls.close()
    }
  })
}

class WatchedCalls implements Calls {
  readonly #watchers: ReadonlySet<CallWatcher>
  readonly #open = new OpenList<OpenCall>()

  constructor(watchers: ReadonlySet<CallWatcher>) {
    this.#watchers = watchers
  }

  begin(target: Target, headers: CallHeaders, isLost = false): OpenCall | undefined {
    if (this.#isExcluded) return undefined
    const context = isLost ? undefined : knownContext()
    const rule = this.#ruleOf(target.origin)
    const call = new OpenCall(target, context, rule, this.#onEnd)
    this.#open.add(call)
    if (context !== undefined) {
      callsOf(context).begin(call)
      if (rule?.propagate && this.#maySee(target.proxy)) propagate(context, headers, rule.idHeader, call.span)
    }
    if (isLost) for (const watcher of this.#watchers) watcher.onLost()
    return call
  }

  get hasRules(): boolean {
    for (const watcher of this.#watchers) if (watcher.hasRules) return true
    return false
  }

  beginUnknown(): void {
    if (this.#isExcluded) return
    const context = knownContext()
    if (context !== undefined) callsOf(context).unknown++
  }

  /** Ends the open calls, because their real end will not be reported. */
  close(): void {
    for (const call of this.#open) call.finish({ unfinished: true })
  }

  readonly onFault = (error: unknown): void => {
    for (const watcher of this.#watchers) watcher.onFault(error)
  }

  readonly #onEnd = (call: OpenCall): void => {
    this.#open.delete(call)
    call.rule?.lines?.write(call)
    for (const watcher of this.#watchers) watcher.onCall?.(call)
  }

  get #isExcluded(): boolean {
    for (const watcher of this.#watchers) if (watcher.excludes?.()) return true
    return false
  }

  /** A proxy of plain http can read the calls through it, so the proxy itself must be listed. */
  #maySee(proxy: string | undefined): boolean {
    return proxy === undefined || this.#ruleOf(proxy)?.propagate === true
  }

  #ruleOf(origin: string): ReturnType<RuleOf> {
    for (const { ruleOf } of this.#watchers) {
      const rule = ruleOf(origin)
      if (rule !== undefined) return rule
    }
    return undefined
  }
}

function callsOf({ work }: WorkContext): CallList {
  work.calls ??= new CallList()
  return work.calls
}
