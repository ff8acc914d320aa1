import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { cut } from '../format/texts.js'

/** One choice of a menu. */
export interface Choice {
  readonly value: string | undefined
  readonly label: string
  /** A number that stands dim at the end. */
  readonly note?: string
}

interface Props {
  /** The name of what is chosen: `account`. */
  readonly name: string
  readonly value: string | undefined
  readonly choices: readonly Choice[]
  /** Lets the reader type a value that is no choice; the placeholder of the field. */
  readonly typed?: string
  readonly onChoose: (value: string | undefined) => void
  readonly children?: ComponentChildren
}

/** A chip that opens a menu: `account any`. The menu follows its button; Esc returns to it. */
export function ChipMenu({ name, value, choices, typed, onChoose }: Props): VNode {
  const [isOpen, setOpen] = useState(false)
  const root = useRef<HTMLSpanElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!isOpen) return
    const outside = (event: Event): void => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false)
    }
    addEventListener('pointerdown', outside)
    // Tab leaves the menu; the focus need not come back for it to close.
    addEventListener('focusin', outside)
    const first = root.current?.querySelector<HTMLElement>('.menu input, .menu button')
    first?.focus()
    return () => {
      removeEventListener('pointerdown', outside)
      removeEventListener('focusin', outside)
    }
  }, [isOpen])
  const choose = (next: string | undefined): void => {
    setOpen(false)
    onChoose(next)
    button.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!isOpen) return
    if (event.key === 'Escape') {
      event.preventDefault()
      event.stopPropagation()
      setOpen(false)
      button.current?.focus()
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      moveFocus(root.current, event.key === 'ArrowDown' ? 1 : -1)
    }
  }
  return (
    <span class="chip-menu" ref={root} onKeyDown={onKeyDown}>
      <button
        type="button"
        class="chip"
        ref={button}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-pressed={value !== undefined}
        data-menu={name}
        onClick={() => setOpen(!isOpen)}
      >
        {name} <b>{value === undefined ? 'any' : cut(value, 40)}</b>
      </button>
      {value !== undefined && (
        <button type="button" class="chip-x" aria-label={`${name} any`} onClick={() => choose(undefined)}>
          ×
        </button>
      )}
      {isOpen && (
        <div class="menu">
          {typed !== undefined && (
            <input
              placeholder={typed}
              aria-label={typed}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && event.currentTarget.value !== '') choose(event.currentTarget.value)
              }}
            />
          )}
          {choices.length > 0 && (
            <div role="menu" aria-label={name}>
              {choices.map((choice) => (
                <button
                  type="button"
                  role="menuitemradio"
                  key={choice.value ?? ''}
                  aria-checked={choice.value === value}
                  onClick={() => choose(choice.value)}
                >
                  {choice.label}
                  {choice.note !== undefined && <span class="n">{choice.note}</span>}
                </button>
              ))}
            </div>
          )}
        </div>
      )}
    </span>
  )
}

function moveFocus(root: HTMLElement | null, by: number): void {
  const items = [...(root?.querySelectorAll<HTMLElement>('.menu input, .menu button') ?? [])]
  const at = items.indexOf(document.activeElement as HTMLElement)
  items[(at + by + items.length) % items.length]?.focus()
}
