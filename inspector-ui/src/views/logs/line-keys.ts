import type { RefObject } from 'preact'
import { useMemo, useRef } from 'preact/hooks'
import { togglePaused } from '../../app.js'
import { type Key, useKeys } from '../../state/keys.js'
import { go, linkToStory } from '../../state/route.js'
import { copy, say } from '../../state/status.js'
import { bucketMs } from './buckets.js'
import { type Entry, type LineEntry, placeFrom } from './entries.js'
import type { ListControl } from './lines-list.js'
import type { Chosen } from './use-chosen.js'

interface Acts {
  readonly entries: readonly Entry[]
  readonly chosen: Chosen
  readonly control: RefObject<ListControl>
  /** Whether new lines wait. */
  readonly isHeld: boolean
  readonly fold: (key: number) => void
  readonly wrap: () => void
  readonly showNewest: () => void
}

/** The keys of the lines. */
export function useLineKeys(acts: Acts): void {
  // Keys may come faster than the page paints: each acts on what was drawn last, not on what was painted.
  const latest = useRef(acts)
  latest.current = acts
  const keys = useMemo(() => keysOf(() => latest.current), [])
  useKeys(keys)
}

function keysOf(now: () => Acts): readonly Key[] {
  const move = (step: 1 | -1, test: (entry: LineEntry) => boolean, missing?: string): void => {
    const { entries, chosen, control } = now()
    // Moving begins at the last line in sight.
    const from = chosen.entry === undefined ? (control.current?.lastSeen() ?? -1) : chosen.place + step
    const place = placeFrom(entries, from, step, test)
    if (place >= 0) chosen.choose(place)
    else if (missing !== undefined) say(missing)
  }
  const moveBar = (step: 1 | -1): void => {
    const { entry } = now().chosen
    const bar = entry === undefined ? undefined : barOf(entry)
    move(step, (one) => barOf(one) !== bar)
  }
  const withId = (act: (id: string) => void): void => {
    const id = now().chosen.entry?.line.requestId
    if (id !== undefined) act(id)
  }
  const fold = (): void => {
    const { chosen, fold } = now()
    if (chosen.entry !== undefined) fold(chosen.entry.key)
  }
  const later = 'No later warning or failure here'
  const earlier = 'No earlier warning or failure here'
  return [
    { keys: 'j', does: 'next line', run: () => move(1, () => true) },
    { keys: 'k', does: 'line before', run: () => move(-1, () => true) },
    { keys: 'n', does: 'next warning or failure', run: () => move(1, isTrouble, later) },
    { keys: 'N', does: 'warning or failure before', run: () => move(-1, isTrouble, earlier) },
    { keys: 'ArrowRight', does: 'next bar of the chart', run: () => moveBar(1) },
    { keys: 'ArrowLeft', does: 'bar before', run: () => moveBar(-1) },
    { keys: 'Enter', does: 'its story', run: () => withId((id) => go(linkToStory(id))) },
    { keys: 'o', does: 'open or close the stack', run: fold },
    { keys: 'w', does: 'wrap long lines', run: () => now().wrap() },
    { keys: 'f', does: 'words to filter by', run: () => document.querySelector<HTMLElement>('.words input')?.focus() },
    { keys: 'y', does: 'copy its request id', run: () => withId((id) => void copy(id, 'Copied the request id')) },
    { keys: 'Y', does: 'copy a link to it', run: () => void copy(location.href, 'Copied the link') },
    { keys: 'Space', does: 'newest lines, or pause', run: () => (now().isHeld ? now().showNewest() : togglePaused()) },
    { keys: 'Escape', does: 'clear', run: () => now().chosen.clear() },
  ]
}

function isTrouble({ trouble }: LineEntry): boolean {
  return trouble > 0
}

function barOf({ at }: LineEntry): number {
  return Math.floor(at / bucketMs)
}
