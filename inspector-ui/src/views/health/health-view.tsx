import type { VNode } from 'preact'

/** The view Health. */
export function HealthView(): VNode {
  return <h1 class="answer">Health</h1>
}
