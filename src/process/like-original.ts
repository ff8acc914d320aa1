/**
 * Gives `wrapper` the name and the length of the function it stands for. Libraries read the length: BullMQ gives a
 * processor an AbortSignal, and Express takes a handler for an error handler, by the number of its parameters.
 */
export function likeOriginal<F extends object>(wrapper: F, original: object): F {
  for (const key of ['name', 'length']) copyProperty(wrapper, original, key)
  return wrapper
}

/** Gives `target` the own property `key` of `original`, if there is one. */
export function copyProperty(target: object, original: object, key: PropertyKey): void {
  const property = Object.getOwnPropertyDescriptor(original, key)
  // A `get` on Object.prototype would make the description invalid.
  if (property !== undefined) Object.defineProperty(target, key, Object.assign(Object.create(null), property))
}
