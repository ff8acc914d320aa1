import type { VNode } from 'preact'
import type { UsageAnswer } from '../../protocol.js'
import { namesOf, sentencePieces } from './sentence.js'

/** The service's sentence. Its names and numbers stand out; a swatch names the kind of time. */
export function Answer({ answer }: { readonly answer: UsageAnswer }): VNode {
  return (
    <h1 class="answer">
      {sentencePieces(answer.summary, namesOf(answer.items)).map(({ text, isStrong, swatch }, at) => {
        if (isStrong) return <b key={at}>{text}</b>
        return (
          <span key={at}>
            {swatch !== undefined && <i class={`sw ${swatch}`} aria-hidden="true" />}
            {text}
          </span>
        )
      })}
    </h1>
  )
}
