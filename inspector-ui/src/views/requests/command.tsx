import type { VNode } from 'preact'
import { CopyButton } from '../../parts/copy-button.js'

/** A command or a piece of code, with a button that copies it. */
export function Command({ text }: { readonly text: string }): VNode {
  return (
    <div class="cmd">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls takes the focus */}
      <pre tabIndex={0}>{text}</pre>
      <CopyButton class="btn copy" text={() => text} said="Copied">
        Copy
      </CopyButton>
    </div>
  )
}
