import { AsyncLocalStorage } from 'node:async_hooks'
import { oncePerProcess } from '../process/once.js'
import type { WorkContext } from './request-context.js'

/** Hears when code enters a context by hand, which no hook of Node reports. Set only while work is measured. */
export interface ContextSwitchListener {
  /** Runs `fn` in `context`, or outside any, charged to it. */
  run<T>(context: WorkContext | undefined, fn: () => T): T
  /** Runs `fn` charged to Spoor itself, whatever context it enters. */
  watch<T>(fn: () => T): T
}

interface Shared {
  readonly storage: AsyncLocalStorage<WorkContext | undefined>
  switching: ContextSwitchListener | undefined
}

// Two copies of the package in one process (a dependency brings its own) must see the same context, or a line
// written through one copy would lose the id that the other one set. The number rises when WorkContext changes.
const shared: Shared = oncePerProcess('context.1', () => ({ storage: new AsyncLocalStorage(), switching: undefined }))

/** The one store everything hangs on. */
export const storage: AsyncLocalStorage<WorkContext | undefined> = shared.storage

/** The context of the work that is running now, or undefined outside any. */
export function currentContext(): WorkContext | undefined {
  return storage.getStore()
}

/** Runs `fn` with `context` as the current request context, and everything `fn` starts with it. */
export function runWith<T>(context: WorkContext, fn: () => T): T {
  return enter(context, fn)
}

/** Runs `fn` outside any request, wherever it is called from. */
export function runWithout<T>(fn: () => T): T {
  return enter(undefined, fn)
}

function enter<T>(context: WorkContext | undefined, fn: () => T): T {
  const { switching } = shared
  return switching === undefined ? storage.run(context, fn) : switching.run(context, fn)
}

/**
 * Leaves the current context, for the rest of the running callback and what it starts. Only where no function can be
 * wrapped: code that follows cannot find the id. Never enter a context this way, for it would stay.
 */
export function leaveContext(): void {
  storage.enterWith(undefined)
}

/** Runs what Spoor does for itself: for no request, though one may be current. */
export function runDetached<T>(fn: () => T): T {
  return chargeToOverhead(() => runWithout(fn))
}

/** Runs work of Spoor about a request, in any context, and charges the CPU to Spoor's overhead, not to the request. */
export function chargeToOverhead<T>(fn: () => T): T {
  const { switching } = shared
  return switching === undefined ? fn() : switching.watch(fn)
}

/** Sets the listener that hears of contexts entered by hand; undefined removes it. */
export function setContextSwitchListener(switching: ContextSwitchListener | undefined): void {
  shared.switching = switching
}
