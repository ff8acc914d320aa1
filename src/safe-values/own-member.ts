/**
 * The value of an object's own member; undefined for an inherited member. A dependency that changes `Object.prototype`
 * must not set an identity, a reader's rights or an option.
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

// A proxy may return itself as its prototype.
const deepest = 20

/**
 * The value of an object's own member, or of a member of its class. Members of the root of the prototype chain
 * (`Object.prototype` of any realm) do not count.
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
 * A copy with the object's own members only. Every other name is undefined in the copy. Property descriptions need it, too:
 * with a `get` or a `value` on Object.prototype, Object.defineProperty refuses every other description.
 */
export function ownMembers<T extends object>(object: T): Partial<T> & Readonly<Record<string, unknown>> {
  return Object.assign(Object.create(null), object)
}
