import type { RefObject } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { listen } from '../state/listen.js'

/** A button and the menu that it opens. `root` holds both; what can be chosen is in `.menu`. */
export interface Menu {
  readonly isOpen: boolean
  readonly root: RefObject<HTMLSpanElement>
  readonly button: RefObject<HTMLButtonElement>
  readonly toggle: () => void
  /** Closes the menu; its button has the focus again. */
  readonly close: () => void
  readonly onKeyDown: (event: KeyboardEvent) => void
}

/**
 * Arrows move through the menu, Esc closes it, and so does a press or the focus outside. As it opens, the focus goes to its field,
 * to what is chosen, or to its first item.
 */
export function useMenu(): Menu {
  const [isOpen, setOpen] = useState(false)
  const root = useRef<HTMLSpanElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const close = (): void => {
    setOpen(false)
    button.current?.focus()
  }
  // At once: later, it could take the focus back from a button that closed the menu meanwhile.
  useLayoutEffect(() => {
    if (!isOpen) return
    const outside = (event: Event): void => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false)
    }
    // `focusin`: Tab leaves the menu; the focus need not come back for it to close.
    const undo = listen(window, { pointerdown: outside, focusin: outside })
    const [first] = items(root.current)
    const chosen = root.current?.querySelector<HTMLElement>('.menu [aria-checked="true"]')
    ;(first instanceof HTMLInputElement ? first : (chosen ?? first))?.focus()
    return undo
  }, [isOpen])
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (!isOpen || (by === undefined && event.key !== 'Escape')) return
    event.preventDefault()
    if (by === undefined) {
      event.stopPropagation()
      close()
    } else moveFocus(items(root.current), by)
  }
  return { isOpen, root, button, toggle: () => setOpen(!isOpen), close, onKeyDown }
}

function items(root: HTMLElement | null): readonly HTMLElement[] {
  return [...(root?.querySelectorAll<HTMLElement>('.menu input, .menu button') ?? [])]
}

function moveFocus(items: readonly HTMLElement[], by: number): void {
  const at = items.indexOf(document.activeElement as HTMLElement)
  items[(at + by + items.length) % items.length]?.focus()
}
