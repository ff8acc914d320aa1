import { executionAsyncResource } from 'node:async_hooks'

/**
 * True if the callback that begins now follows other code in the same turn of the event loop: a callback of
 * `process.nextTick` or a promise reaction. False for all others, and where Node does not tell. To be called in a `before`
 * hook.
 */
export function continuesTurn(): boolean {
  const resource: object = executionAsyncResource()
  if (resource instanceof Promise) return true
  // Callbacks of nextTick have a plain object (Node 20 to 26). Other resources with such a member have a class.
  return 'callback' in resource && Object.getPrototypeOf(resource) === Object.prototype
}
