/**
 * Gives `wrapper` the name and the length of the function it stands for. Libraries read the length: BullMQ gives a
 * processor an AbortSignal, and Express takes a handler for an error handler, by the number of its parameters.
 */
export function likeOriginal<F extends object>(wrapper: F, original: object): F {
  for (const key of ['name', 'length']) {
    const property = Object.getOwnPropertyDescriptor(original, key)
    if (property !== undefined) Object.defineProperty(wrapper, key, property)
  }
  return wrapper
}
