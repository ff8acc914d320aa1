const maxKept = 64

/** Answers that several readers ask for at once, each made once and kept for a short time. */
export class KeptAnswers<Answer> {
  readonly #forMs: number
  readonly #kept = new Map<string, { readonly until: number; readonly answer: Promise<Answer> }>()

  constructor(forMs: number) {
    this.#forMs = forMs
  }

  /** The answer for `key`: the kept one, or a new one. One that fails is not kept. */
  get(key: string, make: () => Promise<Answer>): Promise<Answer> {
    const now = performance.now()
    const known = this.#kept.get(key)
    if (known !== undefined && known.until > now) return known.answer
    if (this.#kept.size >= maxKept) this.#kept.clear()
    const answer = make()
    const kept = { until: now + this.#forMs, answer }
    this.#kept.set(key, kept)
    answer.catch(() => {
      if (this.#kept.get(key) === kept) this.#kept.delete(key)
    })
    return answer
  }
}
