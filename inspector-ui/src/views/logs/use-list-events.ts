import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { listen, together } from '../../state/listen.js'
import type { ListProps } from './lines-list.js'

type Heard = Pick<ListProps, 'onChoose' | 'onRequest' | 'onFold' | 'onAway' | 'onPointed' | 'onText'>

/** Listens to clicks, the pointer, scrolling and selected text in the list. */
export function useListEvents(
  scroller: RefObject<HTMLDivElement>,
  list: RefObject<HTMLOListElement>,
  endPx: number,
  heard: Heard,
): void {
  const last = useRef(heard)
  last.current = heard
  useEffect(() => {
    const [outer, inner] = [scroller.current, list.current]
    if (outer === null || inner === null) return
    return together([
      listen(outer, {
        scroll: () => last.current.onAway(outer.scrollHeight - outer.scrollTop - outer.clientHeight > endPx),
      }),
      listen(inner, { click: (event) => click(event, last.current) }),
      pointerOn(inner, (isPointed) => last.current.onPointed(isPointed)),
      listen(document, { selectionchange: () => last.current.onText(hasTextIn(inner)) }),
    ])
  }, [])
}

function click(event: Event, { onChoose, onRequest, onFold }: Heard): void {
  const target = event.target instanceof Element ? event.target : undefined
  const key = Number(target?.closest('li.log-line')?.getAttribute('data-key') ?? Number.NaN)
  if (Number.isNaN(key) || target?.closest('a') !== null) return
  const act = target.closest('[data-act]')?.getAttribute('data-act')
  if (act === 'fold') onFold(key)
  else if (act === 'request') onRequest(key)
  else if (getSelection()?.isCollapsed !== false) onChoose(key)
}

/** Lines that move below a pointer that rests make the browser report it again: only its own moves count. */
function pointerOn(element: HTMLElement, heard: (isOn: boolean) => void): () => void {
  let x = -1
  let y = -1
  return listen(element, {
    pointermove: (event) => {
      if (event.pointerType === 'touch' || (event.clientX === x && event.clientY === y)) return
      x = event.clientX
      y = event.clientY
      heard(true)
    },
    pointerleave: () => heard(false),
  })
}

function hasTextIn(element: Element): boolean {
  const selection = getSelection()
  return selection !== null && !selection.isCollapsed && element.contains(selection.anchorNode)
}
