import type { VNode } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { reasonOf } from '../../parts/failure.js'
import { useWindow } from '../../parts/use-window.js'
import { useKeys } from '../../state/keys.js'
import { go, linkToStory } from '../../state/route.js'
import type { RequestFeed } from './feed.js'
import { Columns, Head } from './list-head.js'
import { DoneRow, OpenRequestRow, type RowLook } from './row.js'
import { useListLayout } from './row-look.js'
import { type Gap, isGap } from './rows.js'
import type { KeptList, OlderRows } from './use-feed.js'

// The bar and the head of the list cover the top of the screen.
const coveredPx = 78
const guessedTop = 366
const olderAhead = 40

interface Props {
  readonly list: KeptList
  readonly older: OlderRows
}

/** The list: open and lost ones on top, then the newest first. Only the rows near the screen are drawn. */
export function RequestList({ list, older }: Props): VNode {
  const { feed } = list
  const open = feed.open.value
  const rows = feed.rows.value ?? []
  const count = open.length + rows.length
  const look = useListLayout(feed.isLong.value)
  const shown = useWindow<HTMLTableSectionElement>({
    count,
    rowPx: look.rowHeight,
    wholeUpTo: 0,
    coveredPx: look.isSmall ? 48 : coveredPx,
    startAt: list.scrollY,
    guessedTop,
  })
  const [selected, select] = useSelection(list, shown.list, shown.scrollTo)
  const lastShown = shown.rows.at(-1)?.index ?? 0
  useEffect(() => {
    if (lastShown >= count - olderAhead && feed.older !== undefined && older.error === undefined) older.load()
  }, [lastShown, count])
  return (
    <div class="list">
      <table aria-rowcount={feed.older === undefined ? count + 1 : -1}>
        <caption class="sr">Requests and jobs, open ones first, then the newest</caption>
        <Columns {...look} />
        <Head look={look} />
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: each row has a link, which takes the keys */}
        <tbody
          ref={shown.list}
          onClick={(event) => openRow(event, select)}
          onFocusIn={(event) => selectFocused(event, select)}
        >
          <Space height={shown.above} />
          {shown.rows.map(({ index }) => (
            <OneRow
              key={index}
              feed={feed}
              index={index}
              look={look}
              selected={selected}
              older={older}
              columns={look.columns}
            />
          ))}
          <Space height={shown.below} />
        </tbody>
      </table>
      <End older={older} hasMore={feed.older !== undefined} />
    </div>
  )
}

interface OneRowProps {
  readonly feed: RequestFeed
  readonly index: number
  readonly look: RowLook
  readonly selected: string | undefined
  readonly older: OlderRows
  readonly columns: number
}

function OneRow({ feed, index, look, selected, older, columns }: OneRowProps): VNode | null {
  const open = feed.open.value
  const row = open[index]
  const place = index + 1
  if (row !== undefined)
    return <OpenRequestRow row={row} look={look} place={place} isSelected={row.request.id === selected} />
  const item = feed.rows.value?.[index - open.length]
  if (item === undefined) return null
  if (isGap(item)) return <GapRow gap={item} older={older} columns={columns} place={place} />
  return <DoneRow item={item} look={look} place={place} isSelected={item.id === selected} />
}

function GapRow({ gap, older, columns, place }: { gap: Gap; older: OlderRows; columns: number; place: number }): VNode {
  return (
    <tr class="gap-row" aria-rowindex={place + 1}>
      <td colSpan={columns}>
        Some requests are not shown: they came faster than the page could read them.{' '}
        <button type="button" class="btn" disabled={older.isLoading} onClick={() => older.fill(gap)}>
          Fetch
        </button>
      </td>
    </tr>
  )
}

/** Stands for the rows that are not drawn. */
function Space({ height }: { readonly height: number }): VNode | null {
  if (height <= 0) return null
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: it takes no focus
    <tr class="space" aria-hidden="true">
      <td>
        <svg width="1" height={height} />
      </td>
    </tr>
  )
}

function End({ older, hasMore }: { readonly older: OlderRows; readonly hasMore: boolean }): VNode | null {
  if (older.error !== undefined)
    return (
      <p class="list-end" role="alert">
        Older requests could not be read. {reasonOf(older.error)}{' '}
        <button type="button" class="btn" onClick={older.load}>
          Try again
        </button>
      </p>
    )
  if (hasMore) return <p class="list-end dim">{older.isLoading ? 'Reading older ones …' : '\u00a0'}</p>
  return <p class="list-end dim">Nothing older is kept.</p>
}

/** A click on a row opens its story. Whoever selects text, or opens a tab of its own, is left alone. */
function openRow(event: MouseEvent, select: (id: string) => void): void {
  const { target } = event
  if (!(target instanceof Element)) return
  const id = target.closest('tr')?.dataset['id']
  if (id === undefined) return
  select(id)
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey
  if (!isPlain || target.closest('a, button') !== null || document.getSelection()?.isCollapsed === false) return
  go(linkToStory(id))
}

/** The row with the focus is the selected one. */
function selectFocused({ target }: FocusEvent, select: (id: string) => void): void {
  const id = target instanceof Element ? target.closest('tr')?.dataset['id'] : undefined
  if (id !== undefined) select(id)
}

/** The row that `j` and `k` move. It stays in sight, and has the focus. */
function useSelection(
  list: KeptList,
  body: { readonly current: Element | null },
  scrollTo: (index: number) => void,
): readonly [string | undefined, (id: string) => void] {
  const [selected, setSelected] = useState(list.selected)
  const wantsFocus = useRef(false)
  const select = (id: string | undefined): void => {
    list.selected = id
    setSelected(id)
  }
  const ids = (): readonly string[] => [
    ...list.feed.open.peek().map(({ request }) => request.id),
    ...(list.feed.rows.peek() ?? []).flatMap((row) => (isGap(row) ? [] : [row.id])),
  ]
  const move = (by: number): void => {
    const all = ids()
    const at = selected === undefined ? -1 : all.indexOf(selected)
    const next = at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + by))
    const id = all[next]
    if (id === undefined) return
    select(id)
    scrollTo(next)
    wantsFocus.current = true
  }
  useLayoutEffect(() => {
    const { activeElement } = document
    // Rows are drawn in place of others, so newer ones may have come under the focus: it goes with its request.
    const link = activeElement?.matches('.list tbody a') === true ? activeElement : undefined
    const isElsewhere = link !== undefined && link.closest('tr')?.dataset['id'] !== selected
    if (!wantsFocus.current && !isElsewhere) return
    const row = body.current?.querySelector('tr[aria-selected="true"] a')
    if (row instanceof HTMLElement) {
      wantsFocus.current = false
      row.focus({ preventScroll: true })
    }
  })
  useKeys([
    { keys: 'j', does: 'move down', run: () => move(1) },
    { keys: 'k', does: 'move up', run: () => move(-1) },
    { keys: 'Enter', does: 'open the story', run: () => selected !== undefined && go(linkToStory(selected)) },
    ...(selected === undefined
      ? []
      : [
          {
            keys: 'Escape',
            does: 'clear the selection',
            run: () => {
              select(undefined)
              if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
            },
          },
        ]),
  ])
  // A list keeps its selection while the reader is away; another list has another.
  useEffect(() => setSelected(list.selected), [list])
  return [selected, select]
}
