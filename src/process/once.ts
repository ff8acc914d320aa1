/**
 * The one thing of this name in the process (in a worker thread: in that thread). The first caller makes it. It is for
 * what patches Node or must not be done twice, by several instances or by several copies of this package. It counts its
 * users and undoes what it did when the last one leaves.
 *
 * @param name ends with a number that rises when the shape changes: copies of different versions then have their own
 */
export function oncePerProcess<T extends object>(name: string, make: () => T): T {
  const key = Symbol.for(`spoor.${name}`)
  const known = globalThis as { [key: symbol]: T | undefined }
  known[key] ??= make()
  return known[key]
}
