const maxKept = 64

/** An answer is kept for this many times as long as it took to make: asking again and again takes 2 % of a core at most. */
const keptPerTaken = 50

/** Answers that several readers ask for at once, each made once and kept for a short time. */
export class KeptAnswers<Answer> {
  readonly #forMs: number
  readonly #kept = new Map<string, { until: number; readonly answer: Promise<Answer> }>()

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
    const made = (): void => {
      const end = performance.now()
      kept.until = Math.max(end + (end - now) * keptPerTaken, kept.until)
    }
    answer.then(made, () => {
      if (this.#kept.get(key) === kept) this.#kept.delete(key)
    })
    return answer
  }
}
