import { useEffect, useRef } from 'preact/hooks'
import { listen, together } from '../../state/listen.js'
import type { KeptList } from './use-feed.js'

const barPx = 48

/**
 * Tells whether the list must stand still: the pointer is in it, a row or a text of it is selected, a menu is open, or it is scrolled
 * away. It is asked before rows are put in, so that nothing has to be drawn again when the answer changes.
 */
export function useHold(selectedIn: () => KeptList | undefined): () => boolean {
  const isPointed = useRef(false)
  useEffect(() => {
    const move = (event: PointerEvent): void => {
      if (event.pointerType === 'mouse') isPointed.current = isIn('.list tbody', event.target)
    }
    const pointerleave = (): void => {
      isPointed.current = false
    }
    return together([
      listen(window, { pointermove: move, pointerover: move }),
      listen(document.documentElement, { pointerleave }),
    ])
  }, [])
  return () =>
    isPointed.current ||
    selectedIn()?.selected !== undefined ||
    isIn('.list', document.activeElement) ||
    hasTextSelected() ||
    document.querySelector('.filters [aria-expanded="true"]') !== null ||
    isScrolledAway()
}

function isIn(selector: string, target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(selector) !== null
}

function hasTextSelected(): boolean {
  const selection = document.getSelection()
  const node = selection?.isCollapsed === false ? selection.anchorNode : null
  return isIn('.list', node instanceof Element ? node : (node?.parentElement ?? null))
}

/** Whether the first row is covered by the bar. */
function isScrolledAway(): boolean {
  const list = document.querySelector('.list')
  return list !== null && list.getBoundingClientRect().top < barPx - 30 && scrollY > 0
}
