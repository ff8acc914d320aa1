const maxBigintBits = 4_096

/** True for values that may contain a secret. */
export function isText(value: unknown): boolean {
  return ['string', 'number', 'bigint'].includes(typeof value) || (typeof value === 'object' && value !== null)
}

export function readOrUndefined(read: () => unknown): unknown {
  try {
    return read()
  } catch {
    return undefined
  }
}

export function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function mapKey(key: unknown): string {
  if (typeof key === 'bigint' && BigInt.asIntN(maxBigintBits, key) !== key) return '[bigint]'
  return (typeof key === 'object' && key !== null) || typeof key === 'function' ? `[${typeof key}]` : String(key)
}

function freeName(name: string, out: object): string {
  let free = name
  for (let number = 2; Object.hasOwn(out, free); number++) free = `${name} ${number}`
  return free
}

/** The first `most` items of a Map, as members of an object. */
export function membersOfMap(map: Map<unknown, unknown>, most: number): Record<string, unknown> {
  const members: Record<string, unknown> = Object.create(null)
  let left = most
  for (const [key, item] of map) {
    if (left-- === 0) break
    members[freeName(mapKey(key), members)] = item
  }
  return members
}
