/** The most names of counts in all rows. */
const most = 200
const longest = 200

/** The numbers of the names of counts. Names beyond the bound are left out. */
export class CountNames {
  readonly #ids = new Map<string, number>()
  readonly #names: string[] = []

  idOf(name: string): number | undefined {
    const known = this.#ids.get(name)
    if (known !== undefined || this.#names.length >= most || name.length > longest) return known
    this.#ids.set(name, this.#names.length)
    return this.#names.push(name) - 1
  }

  known(name: string): number | undefined {
    return this.#ids.get(name)
  }

  nameOf(id: number): string {
    return this.#names[id] as string
  }
}
