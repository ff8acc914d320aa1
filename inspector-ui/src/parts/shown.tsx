import type { VNode } from 'preact'
import type { Shown } from '../format/numbers.js'
import { cut } from '../format/texts.js'

/** A number, its unit dim beside it. */
export function Value({ of }: { readonly of: Shown }): VNode {
  return (
    <span>
      {of.digits}
      {of.unit !== '' && <span class="u">{of.unit}</span>}
    </span>
  )
}

/** A dash for what is not known, with the reason in its title. */
export function Unknown({ why }: { readonly why: string }): VNode {
  return (
    <span class="dim" title={why}>
      –<span class="sr"> {why}</span>
    </span>
  )
}

/** A text of a caller: its invisible characters are shown, it is cut, and its title has all of it. */
export function Text({ of, max = 60, class: name }: { of: string; max?: number; class?: string }): VNode {
  const shown = cut(of, max)
  return (
    <bdi class={name} title={shown === of ? undefined : cut(of, 2_000)}>
      {shown}
    </bdi>
  )
}
