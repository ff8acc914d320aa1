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
  /** What heights depend on, besides the rows: if one of these changes, all are taken again. */
  readonly sizesBy: readonly unknown[]
}

/** Draws only the rows of a long list that can be seen. The first row that is seen stays where it is as others come above. */
export function useVirtual(asked: Asked): LinesVirtualizer {
  const { scroller, count, keyOf, sizeOf, paddingStart, isMeasured, isAtEnd, sizesBy } = asked
  const [, draw] = useReducer((turn: number) => turn + 1, 0)
  const drawn = useRef({ range: '', keyOf, sizesBy })
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
      if (isMeasured || rangeOf(changed) !== drawn.current.range) draw(undefined as never)
    },
    overscan: 12,
    paddingStart,
    paddingEnd: 6,
    indexAttribute: 'data-place',
  }
  const virtualizer = useMemo(() => new Virtualizer<HTMLDivElement, HTMLLIElement>(options), [])
  const last = drawn.current
  const anchor = last.keyOf === keyOf || isAtEnd ? undefined : anchorOf(virtualizer, scroller.current, last.keyOf)
  virtualizer.setOptions(options)
  if (sizesBy.some((one, at) => one !== last.sizesBy[at])) virtualizer.measure()
  const total = virtualizer.getTotalSize()
  // The rows in sight are drawn at once, not after a first drawing has scrolled there.
  const offset = isAtEnd
    ? Math.max(0, total - (scroller.current?.clientHeight ?? total))
    : anchor && placeOf(anchor, virtualizer, count, keyOf)
  if (offset !== undefined) virtualizer.scrollOffset = offset
  virtualizer.getVirtualItems()
  drawn.current = { range: rangeOf(virtualizer), keyOf, sizesBy }
  useLayoutEffect(() => {
    if (!isAtEnd && offset !== undefined && scroller.current !== null) scroller.current.scrollTop = offset
  }, [keyOf])
  useLayoutEffect(() => virtualizer._didMount(), [])
  useLayoutEffect(() => virtualizer._willUpdate())
  return virtualizer
}

/** A row, and how far the list was scrolled beyond its top. */
interface Anchor {
  readonly key: number
  readonly beyond: number
}

/** The first row in sight. */
function anchorOf(
  virtualizer: LinesVirtualizer,
  scroller: HTMLElement | null,
  keyOf: (place: number) => number,
): Anchor | undefined {
  const item = scroller === null ? undefined : virtualizer.getVirtualItemForOffset(scroller.scrollTop)
  return item === undefined ? undefined : { key: keyOf(item.index), beyond: (scroller?.scrollTop ?? 0) - item.start }
}

/** Where the list must be scrolled to for a row to stay where it was; undefined if the row is gone. */
function placeOf(
  { key, beyond }: Anchor,
  virtualizer: LinesVirtualizer,
  count: number,
  keyOf: (place: number) => number,
): number | undefined {
  for (let place = 0; place < count; place++)
    if (keyOf(place) === key) return Math.max(0, (virtualizer.measurementsCache[place]?.start ?? 0) + beyond)
  return undefined
}

function rangeOf({ range }: LinesVirtualizer): string {
  return range === null ? '' : `${range.startIndex} ${range.endIndex}`
}
