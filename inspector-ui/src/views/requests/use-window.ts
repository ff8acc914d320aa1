import {
  observeWindowOffset,
  observeWindowRect,
  type VirtualItem,
  Virtualizer,
  type VirtualizerOptions,
  windowScroll,
} from '@tanstack/virtual-core'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

/** The rows that are near the screen, of a list that scrolls with the page. */
export interface Windowed {
  readonly items: readonly VirtualItem[]
  /** The height of what is left out above and below, in px. */
  readonly above: number
  readonly below: number
  readonly scrollTo: (index: number) => void
}

const overscan = 12

/**
 * Windows a list of rows of one height.
 *
 * @param body the element that holds the rows
 * @param covered how much of the top of the screen is covered by what sticks there, in px
 */
export function useWindowed(
  count: number,
  rowHeight: number,
  body: { readonly current: Element | null },
  covered: number,
): Windowed {
  const [, redraw] = useState(0)
  const [margin, setMargin] = useState(0)
  const kept = useRef<Virtualizer<Window, Element> | undefined>(undefined)
  const options: VirtualizerOptions<Window, Element> = {
    count,
    overscan,
    scrollMargin: margin,
    scrollPaddingStart: covered,
    scrollPaddingEnd: rowHeight,
    estimateSize: () => rowHeight,
    getScrollElement: () => window,
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    scrollToFn: windowScroll,
    initialRect: { width: innerWidth, height: innerHeight },
    initialOffset: () => scrollY,
    onChange: () => redraw((before) => before + 1),
  }
  kept.current ??= new Virtualizer(options)
  const virtualizer = kept.current
  virtualizer.setOptions(options)
  useLayoutEffect(() => virtualizer._didMount(), [])
  useLayoutEffect(() => virtualizer._willUpdate())
  useLayoutEffect(() => virtualizer.measure(), [rowHeight])
  // What stands above the list may grow.
  useLayoutEffect(() => {
    const top = body.current?.getBoundingClientRect().top
    if (top === undefined) return
    const now = Math.round(top + scrollY)
    if (Math.abs(now - margin) > 1) setMargin(now)
  })
  const items = virtualizer.getVirtualItems()
  const first = items[0]
  const last = items.at(-1)
  const total = virtualizer.getTotalSize()
  return {
    items,
    above: first === undefined ? 0 : first.start - margin,
    below: last === undefined ? 0 : total - (last.end - margin),
    scrollTo: (index) => virtualizer.scrollToIndex(index, { align: 'auto' }),
  }
}
