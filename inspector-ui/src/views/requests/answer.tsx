import type { VNode } from 'preact'
import { emphasized } from './emphasis.js'

/** The server's sentence. What the eye should find first is bold. */
export function Answer({ sentence }: { readonly sentence: string }): VNode {
  return (
    <h1 class="answer">
      {emphasized(sentence).map(({ text, isStrong, swatch }, at) =>
        isStrong ? (
          <b key={at}>
            {swatch !== undefined && <i class={`sw ${swatch}`} />}
            {text}
          </b>
        ) : (
          text
        ),
      )}
    </h1>
  )
}

/** The shapes of the chart and the colours of the bars. */
export function Legend(): VNode {
  return (
    <div class="legend" aria-hidden="true">
      <span>
        <i class="sw cpu" />
        own CPU
      </span>
      <span>
        <i class="sw call" />
        outgoing call
      </span>
      <span>
        <i class="sw query" />
        query
      </span>
      <span>
        <i class="sw held" />
        held up
      </span>
      <span>
        <i class="sw wait" />
        other wait
      </span>
      <span>
        <i class="sw unk" />
        not measured
      </span>
      <span>
        <svg class="sw-failed" width="10" height="10" viewBox="0 0 10 10">
          <path d="M5 0l5 5-5 5-5-5z" class="f-err" />
        </svg>
        failed
      </span>
    </div>
  )
}
