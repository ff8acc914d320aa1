/**
 * Returns the one object of this name in the process (in a worker thread: in that thread). The first caller makes it.
 * Use it for state that patches Node or must not exist twice, with several instances or several copies of this package.
 * Such an object counts its users, and undoes its work when the last one leaves.
 *
 * @param name ends with a number that rises when the shape changes: copies of different versions then have their own
 */
export function oncePerProcess<T extends object>(name: string, make: () => T): T {
  const key = Symbol.for(`spoor.${name}`)
  const known = globalThis as { [key: symbol]: T | undefined }
  known[key] ??= make()
  return known[key]
}
