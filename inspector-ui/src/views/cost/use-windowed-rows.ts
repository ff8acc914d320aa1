import { observeWindowOffset, observeWindowRect, Virtualizer, windowScroll } from '@tanstack/virtual-core'
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks'

// Shorter tables are in the page whole, so that the browser finds words in them.
const wholeUpTo = 200
const overscan = 15

/** The rows of a long table that are drawn now. */
export interface WindowedRows {
  readonly body: { current: HTMLTableSectionElement | null }
  /** The first row, and the one after the last. */
  readonly from: number
  readonly to: number
  /** The height in px of the rows above and below. */
  readonly above: number
  readonly below: number
  readonly isWhole: boolean
  readonly scrollTo: (index: number) => void
}

/**
 * Draws only the rows of a long table that are in the window of the browser. All rows have the height of the first.
 */
export function useWindowedRows(count: number): WindowedRows {
  const body = useRef<HTMLTableSectionElement>(null)
  const rowPx = useRef(37)
  const margin = useRef(0)
  const [, draw] = useReducer((turn: number, _: undefined) => turn + 1, 0)
  const isWhole = count <= wholeUpTo
  const options = {
    count: isWhole ? 0 : count,
    getScrollElement: () => window,
    estimateSize: () => rowPx.current,
    overscan,
    scrollMargin: margin.current,
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    scrollToFn: windowScroll,
    initialRect: { width: innerWidth, height: innerHeight },
    onChange: () => {
      if (!isWhole) draw(undefined)
    },
  }
  const kept = useRef<Virtualizer<Window, Element> | undefined>(undefined)
  kept.current ??= new Virtualizer<Window, Element>(options)
  const virtualizer = kept.current
  virtualizer.setOptions(options)
  useLayoutEffect(() => virtualizer._didMount(), [])
  useLayoutEffect(() => {
    virtualizer._willUpdate()
    if (isWhole || body.current === null) return
    const top = body.current.getBoundingClientRect().top + scrollY
    const height = body.current.querySelector('tr:not(.room)')?.getBoundingClientRect().height ?? rowPx.current
    if (Math.abs(top - margin.current) < 1 && Math.abs(height - rowPx.current) < 0.5) return
    margin.current = top
    rowPx.current = height
    virtualizer.measure()
    draw(undefined)
  })
  const scrollTo = (index: number): void => {
    if (isWhole) body.current?.children.item(index)?.scrollIntoView({ block: 'nearest' })
    else virtualizer.scrollToIndex(index, { align: 'auto' })
  }
  if (isWhole) return { body, from: 0, to: count, above: 0, below: 0, isWhole, scrollTo }
  const items = virtualizer.getVirtualItems()
  const from = items[0]?.index ?? 0
  const to = (items.at(-1)?.index ?? -1) + 1
  const above = from * rowPx.current
  return { body, from, to, above, below: (count - to) * rowPx.current, isWhole, scrollTo }
}
