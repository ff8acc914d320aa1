import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core'
import type { RefObject } from 'preact'
import { useLayoutEffect, useMemo, useReducer } from 'preact/hooks'

export type LinesVirtualizer = Virtualizer<HTMLDivElement, HTMLLIElement>

interface Asked {
  readonly scroller: RefObject<HTMLDivElement>
  readonly count: number
  readonly keyOf: (place: number) => number
  readonly sizeOf: (place: number) => number
  readonly paddingStart: number
}

/** Draws only the rows of a long list that can be seen. The first row that is seen stays where it is as others come above. */
export function useVirtual({ scroller, count, keyOf, sizeOf, paddingStart }: Asked): LinesVirtualizer {
  const [, draw] = useReducer((turn: number) => turn + 1, 0)
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: sizeOf,
    getItemKey: keyOf,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => draw(undefined as never),
    overscan: 12,
    paddingStart,
    paddingEnd: 6,
    anchorTo: 'end' as const,
    indexAttribute: 'data-place',
  }
  const virtualizer = useMemo(() => new Virtualizer<HTMLDivElement, HTMLLIElement>(options), [])
  virtualizer.setOptions(options)
  useLayoutEffect(() => virtualizer._didMount(), [])
  useLayoutEffect(() => virtualizer._willUpdate())
  return virtualizer
}
