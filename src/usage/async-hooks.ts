import { AsyncResource, createHook } from 'node:async_hooks'
import { createContext } from '../context/request-context.js'
import { storage } from '../context/storage.js'
import { patch } from '../process/patch.js'
import { continuesTurn } from './continues-turn.js'
import type { Meter } from './meter.js'

/**
 * The abilities of this Node. They are tried out, because versions and flags (`--no-async-context-frame`) are less
 * reliable.
 */
interface Abilities {
  /** True if `createHook` can leave promises out, and a promise reaction still has its context (Node 24 and newer). */
  readonly promisesApart: boolean
  /**
   * True if `before` is called before the context of the resource is entered (AsyncContextFrame, Node 24 and newer).
   */
  readonly scopesLate: boolean
}

/**
 * Calls `meter` whenever the thread changes from one context to another.
 *
 * @returns a function that switches the hooks on and returns a function that switches them off
 */
export function callbackHooks(meter: Meter): () => () => void {
  const { promisesApart, scopesLate } = tryOut()
  // An error in a hook would end the process.
  const before = (id: number): void => {
    try {
      meter.callbackBegins(id, !continuesTurn())
    } catch {
      meter.reset()
    }
  }
  const after = (id: number): void => {
    try {
      meter.callbackEnds(id)
    } catch {
      meter.reset()
    }
  }
  const hook = createHook({ before, after, ...(promisesApart && { trackPromises: false }) })
  return () => {
    const undo = [scopesLate && watchScopes(meter), promisesApart && watchReactions(meter)]
    hook.enable()
    return () => {
      hook.disable()
      for (const one of undo) if (one) one()
    }
  }
}

/** Follows promise reactions by V8's own hooks, which cost a third of the hooks with async ids. */
function watchReactions(meter: Meter): () => void {
  const before = (): void => {
    try {
      meter.reactionBegins()
    } catch {
      meter.reset()
    }
  }
  const after = (): void => {
    try {
      meter.reactionEnds()
    } catch {
      meter.reset()
    }
  }
  const { promiseHooks } = process.getBuiltinModule('node:v8')
  return promiseHooks.createHook({ before, after }) as unknown as () => void
}

type RunInScope = (this: AsyncResource, fn: (...args: unknown[]) => unknown, ...rest: unknown[]) => unknown

/**
 * Makes the meter look at the context within `runInAsyncScope`, which `bind` and `snapshot` call, also those of
 * AsyncLocalStorage.
 */
function watchScopes(meter: Meter): () => void {
  return patch<RunInScope>(AsyncResource.prototype, 'runInAsyncScope', (below) => {
    return function (fn, ...rest) {
      if (typeof fn !== 'function') return Reflect.apply(below, this, [fn, ...rest])
      const inScope = function (this: unknown, ...args: unknown[]): unknown {
        meter.lookAgain()
        return Reflect.apply(fn, this, args)
      }
      return Reflect.apply(below, this, [inScope, ...rest])
    }
  })
}

function tryOut(): Abilities {
  const probe = createContext('run')
  const resource = storage.run(probe, () => new AsyncResource('SPOOR'))
  let [scopesLate, toldOfPromises] = [false, false]
  const options = {
    init: (_id: number, type: string) => {
      if (type === 'PROMISE') toldOfPromises = true
    },
    before: () => {
      scopesLate = storage.getStore() !== probe
    },
    trackPromises: false,
  }
  const hook = createHook(options).enable()
  void Promise.resolve()
  resource.runInAsyncScope(() => {})
  hook.disable()
  return { promisesApart: scopesLate && !toldOfPromises, scopesLate }
}
