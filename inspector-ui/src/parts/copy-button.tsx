import type { ComponentChildren, VNode } from 'preact'
import { useState } from 'preact/hooks'
import { copy } from '../state/status.js'
import { CopyIcon } from './icons.js'

interface Props {
  /** What the button copies; a promise while it is fetched. */
  readonly text: () => string | Promise<string>
  /** What the status line says then: `Copied as cURL. Its token, query and body are never kept.` */
  readonly said: string
  readonly class?: string
  readonly title?: string
  readonly label?: string
  readonly children: ComponentChildren
}

/** A button that copies; it reads `Copied` for 2 s. */
export function CopyButton({ text, said, class: name = 'copy', title, label, children }: Props): VNode {
  const [isDone, setDone] = useState(false)
  const press = async (): Promise<void> => {
    if (!(await copy(await text(), said))) return
    setDone(true)
    setTimeout(() => setDone(false), 2_000)
  }
  return (
    <button type="button" class={`${name}${isDone ? ' done' : ''}`} title={title} aria-label={label} onClick={press}>
      <span class="what">{children}</span>
      <span class="copied" aria-hidden="true">
        Copied
      </span>
      <CopyIcon />
    </button>
  )
}
