const maxKnown = 10_000
const maxNameLength = 100

/** Counts what stands under the names of a store and cannot be read, such as data of another version of Spoor: each once. */
export class Unreadable {
  readonly #known = new Set<string>()

  get count(): number {
    return this.#known.size
  }

  /** @param name tells it from others */
  note(name: string): void {
    if (this.#known.size < maxKnown) this.#known.add(name.slice(0, maxNameLength))
  }

  /** What `read` gives; undefined, and counted, if it throws. */
  orNote<T>(name: string, read: () => T): T | undefined {
    try {
      return read()
    } catch {
      this.note(name)
      return undefined
    }
  }
}
