import type { VNode } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { count, plain } from '../../format/numbers.js'
import { Text } from '../../parts/shown.js'
import type { RankedBy } from '../../protocol.js'
import { counter, type Measure, moreMeasures } from './measures.js'

interface Props {
  readonly measure: Measure
  readonly counters: readonly { readonly name: string; readonly sum: number }[]
  readonly onChoose: (by: RankedBy) => void
}

/** The menu at the end of the measures: the rarer ones, and the counters of the service. */
export function MoreMeasures({ measure, counters, onChoose }: Props): VNode {
  const [isOpen, setOpen] = useState(false)
  const root = useRef<HTMLSpanElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const isOurs = moreMeasures.some(({ by }) => by === measure.by) || measure.by.startsWith('counts.')
  useClose(root, isOpen, () => setOpen(false))
  const close = (): void => {
    setOpen(false)
    button.current?.focus()
  }
  const choose = (by: RankedBy): void => {
    close()
    onChoose(by)
  }
  return (
    <span
      class="chip-menu more-measures"
      ref={root}
      onKeyDown={(event) => onMenuKey(event, root.current, isOpen, close)}
    >
      <button
        type="button"
        class="more-button"
        ref={button}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-pressed={isOurs}
        onClick={() => setOpen(!isOpen)}
      >
        {isOurs ? <Text of={measure.label} max={16} /> : 'more'} <span aria-hidden="true">▾</span>
      </button>
      {isOpen && (
        <div class="menu" role="menu" aria-label="More measures">
          {moreMeasures.map(({ by, label }) => (
            <Item key={by} isChosen={by === measure.by} onChoose={() => choose(by)}>
              {label}
            </Item>
          ))}
          <div class="mh" role="presentation">
            {counters.length === 0 ? 'This service counts nothing (spoor.count)' : 'Counters of this service'}
          </div>
          {counters.map(({ name, sum }) => (
            <Item
              key={name}
              isChosen={counter(name).by === measure.by}
              onChoose={() => choose(`counts.${name}`)}
              note={plain(count(sum))}
            >
              <Text of={name} max={30} />
            </Item>
          ))}
        </div>
      )}
    </span>
  )
}

function Item(props: { isChosen: boolean; onChoose: () => void; note?: string; children: string | VNode }): VNode {
  return (
    <button type="button" role="menuitemradio" aria-checked={props.isChosen} onClick={props.onChoose}>
      {props.children}
      {props.note !== undefined && <span class="n">{props.note}</span>}
    </button>
  )
}

/** A press outside closes the menu; its first item takes the focus as it opens. */
function useClose(root: { readonly current: HTMLElement | null }, isOpen: boolean, close: () => void): void {
  // At once: later, it could take the focus back from a button that closed the menu meanwhile.
  useLayoutEffect(() => {
    if (!isOpen) return
    const outside = (event: Event): void => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) close()
    }
    addEventListener('pointerdown', outside)
    const items = root.current?.querySelectorAll<HTMLElement>('.menu button')
    const chosen = root.current?.querySelector<HTMLElement>('.menu [aria-checked="true"]')
    ;(chosen ?? items?.[0])?.focus()
    return () => removeEventListener('pointerdown', outside)
  }, [isOpen])
}

function onMenuKey(event: KeyboardEvent, root: HTMLElement | null, isOpen: boolean, close: () => void): void {
  if (!isOpen) return
  if (event.key === 'Escape') {
    event.preventDefault()
    event.stopPropagation()
    close()
  } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault()
    const items = [...(root?.querySelectorAll<HTMLElement>('.menu button') ?? [])]
    const at = items.indexOf(document.activeElement as HTMLElement)
    items[(at + (event.key === 'ArrowDown' ? 1 : -1) + items.length) % items.length]?.focus()
  }
}
