import type { VNode } from 'preact'

/** The view Requests. */
export function RequestsView(): VNode {
  return <h1 class="answer">Requests</h1>
}
