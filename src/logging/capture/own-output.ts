import { AsyncLocalStorage } from 'node:async_hooks'
import { oncePerProcess } from '../../process/once.js'

interface OwnOutput {
  storage: AsyncLocalStorage<true> | undefined
  captures: number
}

// Shared by copies of the package: a handler of one copy may write to the console that another copy captures.
const shared: OwnOutput = oncePerProcess('own-output.1', () => ({ storage: undefined, captures: 0 }))

/** Counts a capture that begins. @returns a function that counts its end */
export function countCapture(): () => void {
  shared.captures++
  return () => {
    shared.captures--
  }
}

/**
 * Runs `fn`, which writes log lines. The console calls, debug lines and warnings that `fn` causes, also later, are not
 * captured: a handler that writes to the console would otherwise log a new line for each line that it writes.
 */
export function asOwnOutput<T>(fn: () => T): T {
  if (shared.captures === 0) return fn()
  shared.storage ??= new AsyncLocalStorage()
  return shared.storage.run(true, fn)
}

/** True in code that `asOwnOutput` runs, and in all work that this code starts. */
export function isOwnOutput(): boolean {
  return shared.storage?.getStore() === true
}
