import {
  observeWindowOffset,
  observeWindowRect,
  type VirtualItem,
  Virtualizer,
  windowScroll,
} from '@tanstack/virtual-core'
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks'

// Shorter lists are in the page whole, so that the browser finds words in them.
const wholeUpTo = 200
const overscan = 12

/** The rows of a long list that are drawn now. */
export interface WindowedRows {
  readonly list: { current: HTMLOListElement | null }
  readonly rows: readonly Pick<VirtualItem, 'index' | 'start'>[]
  /** The height of all rows, in px; undefined: the list is whole and has its own height. */
  readonly height: number | undefined
  /** Where the list begins in the page, in px. */
  readonly margin: number
  readonly measure: ((row: Element | null) => void) | undefined
  readonly scrollTo: (index: number) => void
}

/**
 * Draws only the rows of a long list that are in the window of the browser.
 *
 * @param rowPx the height of a row; if `isMeasured`, about
 * @param isMeasured rows have heights of their own. To measure costs a layout of the page
 */
export function useWindowed(count: number, rowPx: number, isMeasured: boolean): WindowedRows {
  const list = useRef<HTMLOListElement>(null)
  const [, draw] = useReducer((turn: number) => turn + 1, 0)
  const margin = useRef(0)
  const isWhole = count <= wholeUpTo
  const options = {
    count: isWhole ? 0 : count,
    getScrollElement: () => window,
    estimateSize: () => rowPx,
    overscan,
    scrollMargin: margin.current,
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    scrollToFn: windowScroll,
    initialRect: { width: innerWidth, height: innerHeight },
    onChange: (_: unknown, sync: boolean) => {
      if (!sync || !isWhole) draw(undefined as never)
    },
  }
  const virtualizer = useRef<Virtualizer<Window, Element> | undefined>(undefined)
  virtualizer.current ??= new Virtualizer<Window, Element>(options)
  virtualizer.current.setOptions(options)
  const current = virtualizer.current
  useLayoutEffect(() => current._didMount(), [])
  useLayoutEffect(() => {
    const top = (list.current?.getBoundingClientRect().top ?? 0) + scrollY
    if (!isWhole && Math.abs(top - margin.current) > 1) {
      margin.current = top
      draw(undefined as never)
    }
    current._willUpdate()
  })
  const scrollTo = (index: number): void => {
    if (isWhole) list.current?.children.item(index)?.scrollIntoView({ block: 'nearest' })
    else current.scrollToIndex(index, { align: 'center' })
  }
  return {
    list,
    rows: isWhole ? Array.from({ length: count }, (_, index) => ({ index, start: 0 })) : current.getVirtualItems(),
    height: isWhole ? undefined : current.getTotalSize(),
    margin: margin.current,
    measure: isWhole || !isMeasured ? undefined : current.measureElement,
    scrollTo,
  }
}
