import type { VNode } from 'preact'

/** The view Cost. */
export function CostView(): VNode {
  return <h1 class="answer">Cost</h1>
}
