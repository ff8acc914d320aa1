/** Stands for every name beyond the bound, as in OpenTelemetry's conventions for unknown methods. */
export const other = '_OTHER'

/**
 * The values of one attribute. The first `max` different names are told apart, and all others become `_OTHER`: each value makes
 * series that a process keeps for ever (CVE-2023-45142).
 */
export class BoundedNames {
  readonly #max: number
  readonly #shape: RegExp | undefined
  readonly #known = new Set<string>()

  /** @param shape a name of another shape becomes `_OTHER` */
  constructor(max: number, shape?: RegExp) {
    this.#max = max
    this.#shape = shape
  }

  of(name: string): string {
    if (this.#known.has(name)) return name
    if (this.#known.size >= this.#max || this.#shape?.test(name) === false) return other
    this.#known.add(name)
    return name
  }
}
