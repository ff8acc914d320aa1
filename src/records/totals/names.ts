/**
 * The names of rows. Tables keep a number in place of each name. A number is free again when no table uses it.
 */
export class Names<Name> {
  readonly #max: number
  readonly #names: (Name | undefined)[] = []
  readonly #uses: number[] = []
  readonly #free: number[] = []
  readonly #forget: (name: Name) => void

  /**
   * @param fixed the names of the first numbers, which are never free
   * @param max the most names
   * @param forget called with each name whose number is free again
   */
  constructor(fixed: readonly Name[], max: number, forget: (name: Name) => void) {
    this.#max = max
    this.#forget = forget
    for (const name of fixed) {
      this.#names.push(name)
      this.#uses.push(1)
    }
  }

  /** How many names have a number. */
  get size(): number {
    return this.#names.length - this.#free.length
  }

  nameOf(id: number): Name {
    return this.#names[id] as Name
  }

  /** Gives a new name its number; undefined if there are too many names. No table uses the number yet. */
  add(name: Name): number | undefined {
    if (this.size >= this.#max) return undefined
    const id = this.#free.pop() ?? this.#names.length
    this.#names[id] = name
    this.#uses[id] = 0
    return id
  }

  /** Notes that one more table uses the number. */
  use(id: number): void {
    this.#uses[id] = (this.#uses[id] as number) + 1
  }

  /** Notes that a table does not use the number any more. */
  release(id: number): void {
    const left = (this.#uses[id] as number) - 1
    this.#uses[id] = left
    if (left > 0) return
    this.#forget(this.#names[id] as Name)
    this.#names[id] = undefined
    this.#free.push(id)
  }
}
