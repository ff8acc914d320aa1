import type { WorkContext } from '../context/request-context.js'
import { currentContext } from '../context/storage.js'
import { watchCalls } from '../process/call-watchers.js'
import type { OnFault } from '../process/channels.js'
import { CallList } from '../work/calls.js'
import { OpenCall } from './call.js'
import { logCall } from './call-line.js'
import { watchHttp2 } from './http2.js'
import { watchNodeHttp } from './node-http.js'
import { type CallHeaders, propagate } from './propagation.js'
import type { RuleOf } from './rules.js'
import type { Target } from './target.js'
import { watchUndici } from './undici.js'

/** What an instance wants of the calls of its process. */
export interface CallWatcher {
  readonly ruleOf: RuleOf
  /** A client sent a call from a queue of its own: for whom it is cannot be told. */
  onLost(): void
  /** Following a call failed. The call itself is unharmed; only figures are missing. */
  onFault: OnFault
}

/** The calls of this process, as the clients' translators tell of them. */
export interface Calls {
  /** A call begins. @param isLost it runs in the context of another one */
  begin(target: Target, headers: CallHeaders, isLost?: boolean): OpenCall
  /** A call was begun of which nothing more will be heard: HTTP/2, a connection that leaves HTTP. */
  beginUnknown(): void
  /** Something was thrown while a call was followed. */
  readonly onFault: OnFault
}

/**
 * Follows the calls of this process to other services: those of undici (with it the global `fetch`) and of `node:http`
 * and `node:https`. Each is charged to the request it is made for, by whichever instance; the first instance with a
 * rule for its host leaves its line and says what it may carry.
 *
 * @returns what ends it; the last one takes every subscription and patch back, and ends the calls that are open
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
  readonly #open = new Set<OpenCall>()

  constructor(watchers: ReadonlySet<CallWatcher>) {
    this.#watchers = watchers
  }

  begin(target: Target, headers: CallHeaders, isLost = false): OpenCall {
    const context = isLost ? undefined : currentContext()
    const rule = this.#ruleOf(target.origin)
    const call = new OpenCall(target, context, rule, this.#onEnd)
    this.#open.add(call)
    if (context !== undefined) {
      callsOf(context).begin(call)
      if (rule?.propagate && this.#maySee(target.proxy)) propagate(context, headers)
    }
    if (isLost) for (const watcher of this.#watchers) watcher.onLost()
    return call
  }

  beginUnknown(): void {
    const context = currentContext()
    if (context !== undefined) callsOf(context).unknown++
  }

  /** Ends the open calls: their real end will not be heard. */
  close(): void {
    for (const call of this.#open) call.finish({ unfinished: true })
  }

  readonly onFault = (error: unknown): void => {
    for (const watcher of this.#watchers) watcher.onFault(error)
  }

  readonly #onEnd = (call: OpenCall): void => {
    this.#open.delete(call)
    logCall(call)
  }

  /** A proxy of plain http reads what goes through it: it has to be listed itself. */
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
