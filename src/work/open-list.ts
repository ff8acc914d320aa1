/** A thing that can be in one `OpenList`. The list sets these members; at first they are undefined. */
export interface Listed<T extends Listed<T>> {
  list: OpenList<T> | undefined
  earlier: T | undefined
  later: T | undefined
}

/**
 * Things that are open, the earliest first. Whatever begins and ends with each request is in such a list, and not in a `Set` or
 * `Map`: V8 gives those a new table after every few deletions, and each table refers to the next one. Once one table is in the
 * old generation, all later ones survive until the next full collection, and with them every few requests. Collections of new
 * objects then take many times as long (decision 0125).
 */
export class OpenList<T extends Listed<T>> implements Iterable<T> {
  #first: T | undefined = undefined
  #last: T | undefined = undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  get earliest(): T | undefined {
    return this.#first
  }

  add(one: T): void {
    const last = this.#last
    one.list = this
    one.earlier = last
    if (last === undefined) this.#first = one
    else last.later = one
    this.#last = one
    this.#size++
  }

  /** @returns false if it is not in this list */
  delete(one: T): boolean {
    if (one.list !== this) return false
    const { earlier, later } = one
    if (earlier === undefined) this.#first = later
    else earlier.later = later
    if (later === undefined) this.#last = earlier
    else later.earlier = earlier
    // Otherwise things that have ended would be such a chain, too.
    one.list = one.earlier = one.later = undefined
    this.#size--
    return true
  }

  /** Those that are in the list now, without those that are deleted before their turn. */
  *[Symbol.iterator](): Iterator<T> {
    const all: T[] = []
    for (let one = this.#first; one !== undefined; one = one.later) all.push(one)
    for (const one of all) if (one.list === this) yield one
  }
}
