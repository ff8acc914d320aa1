/**
 * The value of an object's own member, undefined for an inherited one. Whatever a dependency put on Object.prototype
 * must not say for whom work is done, who may read, or what an option is.
 */
export function own<T extends object, K extends keyof T>(object: T, name: K): T[K] | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** The value of an object's own member that has no getter; undefined for any other. No code of the object runs. */
export function ownValue(object: object, name: string): unknown {
  const description = Object.getOwnPropertyDescriptor(object, name)
  // Otherwise a `value` on Object.prototype would stand for that of each getter.
  return description === undefined ? undefined : own(description, 'value')
}

// A proxy may say that its prototype is itself.
const deepest = 20

/**
 * The same for objects that may have a class: members of their classes count, those of the root of the prototype chain
 * (Object.prototype, of whatever realm) do not.
 */
export function classMember(object: object, name: string): unknown {
  let holder: object | null = object
  for (let depth = 0; holder !== null && depth < deepest; depth++) {
    const next: object | null = Object.getPrototypeOf(holder)
    if (next === null && holder !== object) return undefined
    if (Object.hasOwn(holder, name)) return Reflect.get(object, name)
    holder = next
  }
  return undefined
}

/**
 * A copy with an object's own members alone: every other name is undefined in it. What describes a property goes through
 * it, too: with a `get` or a `value` on Object.prototype, Object.defineProperty refuses every other description.
 */
export function ownMembers<T extends object>(object: T): Partial<T> & Readonly<Record<string, unknown>> {
  return Object.assign(Object.create(null), object)
}
