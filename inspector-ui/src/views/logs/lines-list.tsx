import type { RefObject, VNode } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import type { Entry } from './entries.js'
import { maxLines } from './line-store.js'
import { familyOf, isOfFamily, stackOf } from './line-text.js'
import type { Older } from './lines-reader.js'
import { OlderNote } from './older-note.js'
import { GapRow, LineRow, type OnTrail } from './row.js'
import { useListEvents } from './use-list-events.js'
import { useVirtual } from './use-virtual.js'

/** What the view asks of the list. */
export interface ListControl {
  /** Scrolls a row into view, if it is not. @param isCentered puts it into the middle */
  reveal(place: number, isCentered?: boolean): void
  /** Scrolls to the newest line. */
  toEnd(): void
  /** Gives a row the focus, once it is drawn. */
  focus(key: number): void
  /** The last place that can be seen. */
  lastSeen(): number
}

export interface ListProps {
  readonly entries: readonly Entry[]
  readonly older: Older
  readonly chosen: number | undefined
  readonly unfolded: ReadonlySet<number>
  readonly filling: ReadonlySet<number>
  /** Long lines are wrapped, on small screens always. */
  readonly isWrapped: boolean
  readonly isNarrow: boolean
  readonly hasAccount: boolean
  /** The times are of another day. */
  readonly isDated: boolean
  /** Whether the list stays at its end as lines come. */
  readonly isFollowing: boolean
  readonly control: RefObject<ListControl>
  readonly onChoose: (key: number) => void
  readonly onRequest: (key: number) => void
  readonly onFold: (key: number) => void
  readonly onFill: (key: number) => void
  readonly onOlder: () => void
  readonly onEarlier: () => void
  readonly onAway: (isAway: boolean) => void
  readonly onPointed: (isPointed: boolean) => void
  readonly onText: (hasText: boolean) => void
}

const rowPx = 24
const notePx = 32
const stackLinePx = 18
const stackPaddingPx = 8
/** Room above the first line for the note about older ones. */
const headPx = 36
const nearTop = 60
const endPx = 12

/** The lines, oldest first; only those in sight are drawn. */
export function LinesList(props: ListProps): VNode {
  const { entries, older, isFollowing, unfolded, isWrapped, isNarrow, control, onOlder } = props
  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLOListElement>(null)
  const isMeasured = isWrapped || isNarrow
  const keyOf = useMemo(() => (place: number) => entries[place]?.key ?? -1, [entries])
  const sizeOf = (place: number): number => sizeOfEntry(entries[place], unfolded)
  const virtualizer = useVirtual({
    scroller,
    count: entries.length,
    keyOf,
    sizeOf,
    paddingStart: headPx,
    isMeasured,
    isAtEnd: isFollowing,
    sizesBy: [isMeasured, isNarrow, unfolded, props.filling.size],
  })
  const items = virtualizer.getVirtualItems()
  const first = items[0]
  useLayoutEffect(() => {
    if (isFollowing) toEnd(scroller.current)
  }, [entries, isFollowing, scroller.current?.clientHeight, virtualizer.getTotalSize()])
  useEffect(() => {
    if (first !== undefined && first.index < nearTop && older.kind === 'more' && entries.length < maxLines) onOlder()
  }, [first?.index, older, entries])
  useControl(control, scroller, list, virtualizer, props.onAway)
  useListEvents(scroller, list, endPx, props)
  const trails = useMemo(() => trailOf(entries, props.chosen), [entries, props.chosen])
  const measure = isMeasured ? virtualizer.measureElement : undefined
  return (
    <div
      class="scroll"
      ref={scroller}
      role="log"
      aria-label="Log lines"
      aria-live="off"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
    >
      <OlderNote older={older} isFull={entries.length >= maxLines} onOlder={onOlder} onEarlier={props.onEarlier} />
      <ol
        ref={list}
        class={`log-lines${isWrapped ? ' wrap' : ''}${props.hasAccount ? '' : ' one'}${props.isDated ? ' dated' : ''}`}
        style={{ height: `${virtualizer.getTotalSize()}px`, paddingTop: `${first?.start ?? headPx}px` }}
      >
        {items.map(({ index, key }) => {
          const entry = entries[index]
          if (entry === undefined) return null
          if (entry.kind === 'gap')
            return (
              <GapRow
                key={key}
                entry={entry}
                place={index}
                isFilling={props.filling.has(entry.key)}
                fill={() => props.onFill(entry.key)}
                measure={measure}
              />
            )
          return (
            <LineRow
              key={key}
              entry={entry}
              place={index}
              isChosen={entry.key === props.chosen}
              trail={trails?.(index)}
              isUnfolded={unfolded.has(entry.key)}
              hasAccount={props.hasAccount}
              isWrapped={isWrapped}
              measure={measure}
            />
          )
        })}
      </ol>
    </div>
  )
}

function toEnd(scroller: HTMLElement | null): void {
  if (scroller !== null) scroller.scrollTop = scroller.scrollHeight
}

/** The height of a row where long lines are cut. */
function sizeOfEntry(entry: Entry | undefined, unfolded: ReadonlySet<number>): number {
  if (entry === undefined) return rowPx
  if (entry.kind === 'gap') return notePx
  if (!unfolded.has(entry.key)) return rowPx
  return rowPx + stackPaddingPx + stackLinePx * (stackOf(entry.line)?.length ?? 0)
}

/** Tells of each row where it is on the trail of the chosen line's request; undefined if there is no trail. */
function trailOf(entries: readonly Entry[], chosen: number | undefined): ((place: number) => OnTrail) | undefined {
  const entry = chosen === undefined ? undefined : entries.find(({ key }) => key === chosen)
  const family = entry?.kind === 'line' ? familyOf(entry.line) : undefined
  if (family === undefined) return undefined
  const isSame = (one: Entry | undefined): boolean => one?.kind === 'line' && isOfFamily(one.line, family)
  const first = entries.findIndex(isSame)
  const last = entries.findLastIndex(isSame)
  return (place) => ({
    isSame: isSame(entries[place]),
    isBetween: place >= first && place <= last && first < last,
    isFirst: place === first,
    isLast: place === last,
  })
}

function useControl(
  control: RefObject<ListControl>,
  scroller: RefObject<HTMLDivElement>,
  list: RefObject<HTMLOListElement>,
  virtualizer: ReturnType<typeof useVirtual>,
  onAway: (isAway: boolean) => void,
): void {
  const wanted = useRef<number>()
  // The row may be drawn later, after the list has scrolled.
  useEffect(() => {
    if (wanted.current === undefined) return
    const row = list.current?.querySelector<HTMLElement>(`[data-key="${wanted.current}"]`)
    if (row === null || row === undefined) return
    row.focus({ preventScroll: true })
    wanted.current = undefined
  })
  control.current = {
    reveal: (place, isCentered = false) => {
      virtualizer.scrollToIndex(place, { align: isCentered ? 'center' : 'auto' })
      const element = scroller.current
      if (element !== null) onAway(element.scrollHeight - element.scrollTop - element.clientHeight > endPx)
    },
    toEnd: () => toEnd(scroller.current),
    focus: (key) => {
      wanted.current = key
    },
    lastSeen: () => {
      const element = scroller.current
      if (element === null) return -1
      return virtualizer.getVirtualItemForOffset(element.scrollTop + element.clientHeight - rowPx)?.index ?? -1
    },
  }
}
