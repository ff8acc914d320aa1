import {
  observeWindowOffset,
  observeWindowRect,
  type VirtualItem,
  Virtualizer,
  type VirtualizerOptions,
  windowScroll,
} from '@tanstack/virtual-core'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'

/** The rows to draw of a list that scrolls with the page. */
export interface ListWindow<L extends Element> {
  /** The element that holds the rows. */
  readonly list: { current: L | null }
  readonly rows: readonly Pick<VirtualItem, 'index'>[]
  /** The height of what is left out above and below, in px. */
  readonly above: number
  readonly below: number
  /** All rows are drawn. */
  readonly isWhole: boolean
  /** Takes the height of a row, where rows have heights of their own. */
  readonly measure: ((row: Element | null) => void) | undefined
  readonly scrollTo: (index: number) => void
}

interface Options {
  readonly count: number
  /** The height of a row; if `isMeasured`, about. */
  readonly rowPx: number
  /** Lists that are not longer are drawn whole, so that the browser finds words in them. */
  readonly wholeUpTo: number
  /** Rows have heights of their own. To measure costs a layout of the page. */
  readonly isMeasured?: boolean
  /** How much of the top of the screen is covered by what sticks there. */
  readonly coveredPx?: number
  /** How far the page is scrolled as it is first drawn. To ask the browser would lay the page out. */
  readonly startAt?: number | undefined
  /** About so far down the page the list begins, until that is measured. */
  readonly guessedTop?: number
}

const overscan = 12

/** Draws only the rows of a long list that are near the screen. */
export function useWindow<L extends Element>(options: Options): ListWindow<L> {
  const { count, rowPx, wholeUpTo, isMeasured, coveredPx = 0, startAt, guessedTop = 0 } = options
  const list = useRef<L>(null)
  const [, redraw] = useState(0)
  const [top, setTop] = useState(guessedTop)
  const isWhole = count <= wholeUpTo
  const ofLibrary: VirtualizerOptions<Window, Element> = {
    count: isWhole ? 0 : count,
    overscan,
    scrollMargin: top,
    scrollPaddingStart: coveredPx,
    scrollPaddingEnd: rowPx,
    estimateSize: () => rowPx,
    getScrollElement: () => window,
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    scrollToFn: windowScroll,
    initialRect: { width: innerWidth, height: innerHeight },
    ...(startAt === undefined ? {} : { initialOffset: startAt }),
    onChange: () => {
      if (!isWhole) redraw((before) => before + 1)
    },
  }
  const virtualizer = useMemo(() => new Virtualizer(ofLibrary), [])
  virtualizer.setOptions(ofLibrary)
  useLayoutEffect(() => virtualizer._didMount(), [])
  useLayoutEffect(() => virtualizer._willUpdate())
  useLayoutEffect(() => virtualizer.measure(), [rowPx])
  // What stands above the list may grow. Measured after the paint: until then, rows beyond the screen's edge hide the difference.
  useEffect(() => {
    const now = list.current?.getBoundingClientRect().top
    if (!isWhole && now !== undefined && Math.abs(now + scrollY - top) > 1) setTop(Math.round(now + scrollY))
  })
  // None if the list is whole.
  const items = virtualizer.getVirtualItems()
  const first = items[0]
  const last = items.at(-1)
  return {
    list,
    rows: isWhole ? Array.from({ length: count }, (_, index) => ({ index })) : items,
    above: first === undefined ? 0 : first.start - top,
    below: last === undefined ? 0 : virtualizer.getTotalSize() - (last.end - top),
    isWhole,
    measure: isWhole || isMeasured !== true ? undefined : virtualizer.measureElement,
    scrollTo: (index) => {
      if (isWhole) list.current?.children.item(index)?.scrollIntoView({ block: 'nearest' })
      else virtualizer.scrollToIndex(index, { align: 'auto' })
    },
  }
}
