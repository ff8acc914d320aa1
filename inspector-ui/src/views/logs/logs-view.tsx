import type { VNode } from 'preact'

/** The view Logs. */
export function LogsView(): VNode {
  return <h1 class="answer">Logs</h1>
}
