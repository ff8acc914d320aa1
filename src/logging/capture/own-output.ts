import { AsyncLocalStorage } from 'node:async_hooks'
import { oncePerProcess } from '../../process/once.js'

interface OwnOutput {
  storage: AsyncLocalStorage<true> | undefined
  captures: number
  /** Node may be printing a warning that is also logged. */
  isWarning: boolean
}

// Shared by copies of the package: a handler of one copy may write to the console that another copy captures.
const shared: OwnOutput = oncePerProcess('own-output.1', () => ({ storage: undefined, captures: 0, isWarning: false }))

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

/** True in code that `asOwnOutput` runs, and in the work that such code starts. */
export function isOwnOutput(): boolean {
  return shared.storage?.getStore() === true
}

/** Says that listeners of a logged warning begin or end. One of them is Node's own, which prints the warning. */
export function setWarning(isWarning: boolean): void {
  shared.isWarning = isWarning
}

/** True for the text by which Node prints a warning that is logged already. Node calls `console.error` (seen on 20 to 26). */
export function isPrintOfWarning(text: unknown): boolean {
  return shared.isWarning && typeof text === 'string' && text.startsWith(`(${process.release.name}:${process.pid}) `)
}
