import type { WorkContext } from '../../context/request-context.js'

/** Remembers which work held which other work up, so that each is counted once. */
export class HeldOthers {
  // Weak on both sides: the contexts of requests that have ended must not stay in memory.
  readonly #by = new WeakMap<WorkContext, WeakSet<WorkContext>>()

  /** True for the first time with these two. */
  isFirst(victim: WorkContext, by: WorkContext): boolean {
    const known = this.#by.get(victim)
    if (known?.has(by)) return false
    if (known === undefined) this.#by.set(victim, new WeakSet([by]))
    else known.add(by)
    return true
  }
}
