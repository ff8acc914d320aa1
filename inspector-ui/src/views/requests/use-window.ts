import {
  observeWindowOffset,
  observeWindowRect,
  type VirtualItem,
  Virtualizer,
  type VirtualizerOptions,
  windowScroll,
} from '@tanstack/virtual-core'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

/** The rows that are near the screen, of a list that scrolls with the page. */
export interface Windowed {
  readonly items: readonly VirtualItem[]
  /** The height of what is left out above and below, in px. */
  readonly above: number
  readonly below: number
  readonly scrollTo: (index: number) => void
}

const overscan = 12
// About so far down the list begins, until that is measured.
const guessedMargin = 366

interface Options {
  readonly count: number
  /** In px; all rows have it. */
  readonly rowHeight: number
  /** The element that holds the rows. */
  readonly body: { readonly current: Element | null }
  /** How much of the top of the screen is covered by what sticks there. */
  readonly coveredPx: number
  /** How far the page is scrolled as it is first drawn. To ask the browser would lay the page out. */
  readonly startAt: number
}

/** Windows a list of rows of one height. */
export function useWindowed({ count, rowHeight, body, coveredPx, startAt }: Options): Windowed {
  const [, redraw] = useState(0)
  const [margin, setMargin] = useState(guessedMargin)
  const kept = useRef<Virtualizer<Window, Element> | undefined>(undefined)
  const options: VirtualizerOptions<Window, Element> = {
    count,
    overscan,
    scrollMargin: margin,
    scrollPaddingStart: coveredPx,
    scrollPaddingEnd: rowHeight,
    estimateSize: () => rowHeight,
    getScrollElement: () => window,
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    scrollToFn: windowScroll,
    initialRect: { width: innerWidth, height: innerHeight },
    initialOffset: startAt,
    onChange: () => redraw((before) => before + 1),
  }
  kept.current ??= new Virtualizer(options)
  const virtualizer = kept.current
  virtualizer.setOptions(options)
  useLayoutEffect(() => virtualizer._didMount(), [])
  useLayoutEffect(() => virtualizer._willUpdate())
  useLayoutEffect(() => virtualizer.measure(), [rowHeight])
  // What stands above the list may grow. Measured after the paint: until then, rows beyond the screen's edge hide the difference.
  useEffect(() => {
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
