/** A piece of a sentence. The pieces together are the sentence. */
export interface SentencePiece {
  readonly text: string
  /** The eye should find it first. */
  readonly isStrong: boolean
  /** What it is about, whose colour the page puts before it. */
  readonly swatch?: 'held' | 'failed' | 'unk' | undefined
}
