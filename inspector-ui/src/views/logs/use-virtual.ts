import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core'
import type { RefObject } from 'preact'
import { useLayoutEffect, useMemo, useReducer, useRef } from 'preact/hooks'

export type LinesVirtualizer = Virtualizer<HTMLDivElement, HTMLLIElement>

interface Asked {
  readonly scroller: RefObject<HTMLDivElement>
  readonly count: number
  readonly keyOf: (place: number) => number
  readonly sizeOf: (place: number) => number
  readonly paddingStart: number
  /** Heights are measured, so they may change without another part of the list being seen. */
  readonly isMeasured: boolean
  /** The end of the list is shown. */
  readonly isAtEnd: boolean
}

/** Draws only the rows of a long list that can be seen. The first row that is seen stays where it is as others come above. */
export function useVirtual(asked: Asked): LinesVirtualizer {
  const { scroller, count, keyOf, sizeOf, paddingStart, isMeasured, isAtEnd } = asked
  const [, draw] = useReducer((turn: number) => turn + 1, 0)
  const drawn = useRef('')
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: sizeOf,
    getItemKey: keyOf,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    // It also tells that scrolling begins and ends, of which no row looks different.
    onChange: (changed: LinesVirtualizer) => {
      if (isMeasured || rangeOf(changed) !== drawn.current) draw(undefined as never)
    },
    overscan: 12,
    paddingStart,
    paddingEnd: 6,
    anchorTo: 'end' as const,
    indexAttribute: 'data-place',
  }
  const virtualizer = useMemo(() => new Virtualizer<HTMLDivElement, HTMLLIElement>(options), [])
  virtualizer.setOptions(options)
  // The rows at the end are drawn at once, not after a first drawing has scrolled there.
  const height = scroller.current?.clientHeight ?? 0
  if (isAtEnd && height > 0) virtualizer.scrollOffset = Math.max(0, virtualizer.getTotalSize() - height)
  virtualizer.getVirtualItems()
  drawn.current = rangeOf(virtualizer)
  useLayoutEffect(() => virtualizer._didMount(), [])
  useLayoutEffect(() => virtualizer._willUpdate())
  return virtualizer
}

function rangeOf({ range }: LinesVirtualizer): string {
  return range === null ? '' : `${range.startIndex} ${range.endIndex}`
}
