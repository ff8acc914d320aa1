const MAX_IDS = 10_000

/**
 * Remembers the ids of webhooks for as long as a copy could still be accepted.
 *
 * When it is full of such ids it takes no more: forgetting one early would let its copy pass.
 */
export class SeenIds {
  readonly #keepForMs: number
  readonly #maxIds: number
  readonly #expiry = new Map<string, number>() // in the order they came, so the oldest are first

  constructor(keepForMs: number, maxIds: number = MAX_IDS) {
    this.#keepForMs = keepForMs
    this.#maxIds = maxIds
  }

  add(id: string, now: number): 'new' | 'seen' | 'full' {
    this.#forget(now)
    if (this.#expiry.has(id)) return 'seen'
    if (this.#expiry.size >= this.#maxIds) return 'full'
    this.#expiry.set(id, now + this.#keepForMs)
    return 'new'
  }

  #forget(now: number): void {
    for (const [id, expiresAt] of this.#expiry) {
      if (expiresAt > now) return
      this.#expiry.delete(id)
    }
  }
}
