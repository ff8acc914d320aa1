import type { VNode } from 'preact'
import type { SentencePiece } from '../protocol.js'

/** The service's sentence, which opens a view. */
export function Answer({ pieces }: { readonly pieces: readonly SentencePiece[] }): VNode {
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
