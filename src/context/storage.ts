import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { oncePerProcess } from '../process/once.js'
import type { WorkContext } from './request-context.js'

/**
 * Called when code enters a context by `runWith` and the like, which no hook of Node reports. Set only while work is
 * measured.
 */
export interface ContextSwitchListener {
  /** Runs `fn` in `context`, or outside any, and charges its CPU to that context. */
  run<T>(context: WorkContext | undefined, fn: () => T): T
  /** Runs `fn` and charges its CPU to Spoor's overhead, even if `fn` enters a context. */
  watch<T>(fn: () => T): T
  /** Charges all CPU from now on to the context that is current now. */
  lookAgain(): void
}

/** Notes which context code enters by `runWith` and the like. Set only while a watchdog watches. */
export interface EntryMarker {
  /** @returns the value for `left` */
  entered(context: WorkContext | undefined): number
  /** The code has returned. */
  left(before: number): void
  /** The account of `context` has changed. */
  changed(context: WorkContext): void
}

interface Shared {
  readonly storage: AsyncLocalStorage<WorkContext | undefined>
  switching: ContextSwitchListener | undefined
  /** Absent if a copy of an earlier version made this object, and so are all members below. */
  marker?: EntryMarker | undefined
  /** The context that Spoor has entered and that the running code has not yet returned to; undefined if none. */
  entered?: WorkContext | undefined
  /** The context that a diagnostics channel has entered (`bindStore`). */
  bound?: WorkContext | undefined
  /** Stands in the store where code of an unknown request runs. */
  unknown?: WorkContext | undefined
}

// Two copies of the package in one process (one may come with a dependency) must see the same context. Otherwise a line
// written through one copy would lose the id that the other copy set. Increase the number when `WorkContext` changes.
const shared: Shared = oncePerProcess('context.1', () => ({
  storage: new AsyncLocalStorage(),
  switching: undefined,
  marker: undefined,
}))

/** The one AsyncLocalStorage that all contexts are in. */
export const storage: AsyncLocalStorage<WorkContext | undefined> = shared.storage

/**
 * The context of the code that runs now; undefined outside any request, job or scope. Use `knownContext` for what the context's
 * ids go to.
 */
export function currentContext(): WorkContext | undefined {
  const context = storage.getStore()
  return context === shared.unknown ? undefined : context
}

/** The context that Spoor entered, if the code that runs now was called there, without a turn of the event loop between. */
export function enteredContext(): WorkContext | undefined {
  return shared.entered
}

/** The context that a diagnostics channel entered last. */
export function channelContext(): WorkContext | undefined {
  return shared.bound
}

/** What stands in the store where code of an unknown request runs. @param make makes it, once per process */
export function unknownContext(make: () => WorkContext): WorkContext {
  shared.unknown ??= make()
  return shared.unknown
}

/** True where the store says that the request is unknown. */
export function isUnknown(context: WorkContext): boolean {
  return context === shared.unknown
}

/** Runs `fn`, and everything that `fn` starts, with `context` as the current request context. */
export function runWith<T>(context: WorkContext, fn: () => T): T {
  return enter(context, fn)
}

/** Runs `fn` outside any request, even if a request is current. */
export function runWithout<T>(fn: () => T): T {
  return enter(undefined, fn)
}

function enter<T>(context: WorkContext | undefined, fn: () => T): T {
  const { switching, marker, entered } = shared
  shared.entered = context
  try {
    if (marker !== undefined) return marked(marker, context, fn)
    return switching === undefined ? storage.run(context, fn) : switching.run(context, fn)
  } finally {
    shared.entered = entered
  }
}

/** Runs `fn`, which enters `context` by itself, as code that belongs there: `spoor.bind`. */
export function runBound<T>(context: WorkContext | undefined, fn: () => T): T {
  const { entered } = shared
  shared.entered = context
  try {
    return fn()
  } finally {
    shared.entered = entered
  }
}

function marked<T>(marker: EntryMarker, context: WorkContext | undefined, fn: () => T): T {
  const before = marker.entered(context)
  try {
    return shared.switching === undefined ? storage.run(context, fn) : shared.switching.run(context, fn)
  } finally {
    marker.left(before)
  }
}

/** Reports that `bindStore` of a diagnostics channel entered a context. Node has no hook that reports it. */
export function contextEntered(): void {
  shared.bound = currentContext()
  // A copy of version 0.1 in the process has no such method.
  shared.switching?.lookAgain?.()
}

/** Reports that the code which a diagnostics channel ran in a context has returned. */
export function contextLeft(): void {
  shared.bound = undefined
}

/**
 * Captures the current context, so that code can enter it several times. Entering takes 10 ns on Node 24. `runWith` takes 140 ns
 * and 740 bytes each time, because AsyncLocalStorage copies its map of contexts.
 */
export class CapturedContext {
  readonly context: WorkContext | undefined = currentContext()
  readonly #resource = new AsyncResource('SpoorContext')

  run<T>(fn: () => T): T {
    const { switching, marker } = shared
    return runBound(this.context, () => {
      if (marker !== undefined) return marked(marker, this.context, fn)
      return switching === undefined ? this.#resource.runInAsyncScope(fn) : switching.run(this.context, fn)
    })
  }
}

/**
 * Leaves the current context for the rest of the running callback and for everything it starts. Use it only where no
 * function can be wrapped: the code that follows has no id. Never enter a context in this way, because the context
 * would stay (docs/decisions/0001 and 0047).
 */
export function leaveContext(): void {
  storage.enterWith(undefined)
}

/** Like `leaveContext`, where the code belongs to a request that is not known. */
export function leaveFor(unknown: WorkContext): void {
  storage.enterWith(unknown)
}

/** Runs work of Spoor that belongs to no request, even if a request is current. */
export function runDetached<T>(fn: () => T): T {
  return chargeToOverhead(() => runWithout(fn))
}

/**
 * Runs work of Spoor about a request, in any context, and charges the CPU to Spoor's overhead instead of to the
 * request.
 */
export function chargeToOverhead<T>(fn: () => T): T {
  const { switching } = shared
  return switching === undefined ? fn() : switching.watch(fn)
}

/** Sets the listener for contexts that are entered by `runWith` and the like; undefined removes it. */
export function setContextSwitchListener(switching: ContextSwitchListener | undefined): void {
  shared.switching = switching
}

/** Reports that a context got its account. */
export function accountKnown(context: WorkContext): void {
  shared.marker?.changed(context)
}

/** Sets the marker of entered contexts; undefined removes it. */
export function setEntryMarker(marker: EntryMarker | undefined): void {
  shared.marker = marker
}
