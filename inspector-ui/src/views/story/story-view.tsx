import type { VNode } from 'preact'

/** The view Story. */
export function StoryView(_: { readonly id: string }): VNode {
  return <h1 class="answer">Story</h1>
}
