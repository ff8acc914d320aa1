import type { VNode } from 'preact'
import { FindIcon } from './icons.js'

/** Finds an id, a path, an account, a field or words. */
export function FindBox(): VNode {
  return (
    <label class="find">
      <FindIcon />
      <span class="sr">Find</span>
      <input placeholder="Find a request id, path, account or words" />
      <kbd>/</kbd>
    </label>
  )
}
