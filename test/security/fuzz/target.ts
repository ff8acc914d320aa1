/** A part of Spoor that reads text of strangers, and what holds for every text. */
export interface Target {
  /** Texts to begin with. Each has a form that the part reads; some once broke it. */
  readonly seeds: readonly string[]
  /** Pieces of text that mean something to the part. */
  readonly words: readonly string[]
  /** @throws Error for a text for which a promise does not hold */
  check(text: string): void
}

/** @throws Error that says `what` unless it holds */
export function must(holds: boolean, what: string, ...shown: readonly unknown[]): asserts holds {
  if (!holds) throw new Error([what, ...shown.map((one) => JSON.stringify(one)?.slice(0, 500))].join(' '))
}

/** Characters that divide lines, move a terminal's cursor or change the order of text. */
export const dangerous = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/u
