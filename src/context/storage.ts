import { AsyncLocalStorage } from 'node:async_hooks'
import type { WorkContext } from './request-context.js'

// Two copies of the package in one process (a dependency brings its own) must see the same context, or a line
// written through one copy would lose the id that the other one set. The number rises when WorkContext changes.
const key = Symbol.for('spoor.context.1')
const shared = globalThis as { [key]?: AsyncLocalStorage<WorkContext> }

shared[key] ??= new AsyncLocalStorage<WorkContext>()

/** The one store everything hangs on. */
export const storage: AsyncLocalStorage<WorkContext> = shared[key]

/** The context of the work that is running now, or undefined outside any. */
export function currentContext(): WorkContext | undefined {
  return storage.getStore()
}

/** Runs `fn` with `context` as the current request context, and everything `fn` starts with it. */
export function runWith<T>(context: WorkContext, fn: () => T): T {
  return storage.run(context, fn)
}

/** Runs `fn` outside any request, wherever it is called from. */
export function runWithout<T>(fn: () => T): T {
  return storage.run(undefined as unknown as WorkContext, fn)
}
