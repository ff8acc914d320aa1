import type { VNode } from 'preact'

/** A piece of a sentence of the service. */
export interface Piece {
  readonly text: string
  /** The eye should find it first. */
  readonly isStrong: boolean
  /** The class of the swatch that stands before it: the colour of a kind of time. */
  readonly swatch?: string | undefined
}

/** The service's sentence, which opens a view. */
export function Answer({ pieces }: { readonly pieces: readonly Piece[] }): VNode {
  return (
    <h1 class="answer">
      {pieces.map(({ text, isStrong, swatch }, at) => {
        const mark = swatch !== undefined && <i class={`sw ${swatch}`} aria-hidden="true" />
        return isStrong ? (
          <b key={at}>
            {mark}
            {text}
          </b>
        ) : (
          <span key={at}>
            {mark}
            {text}
          </span>
        )
      })}
    </h1>
  )
}
