import type { RefObject } from 'preact'
import { togglePaused } from '../../app.js'
import { useKeys } from '../../state/keys.js'
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
  const { entries, chosen, control, isHeld, fold, wrap, showNewest } = acts
  const { entry: chosenEntry } = chosen
  const move = (step: 1 | -1, test: (entry: LineEntry) => boolean, missing?: string): void => {
    // Moving begins at the last line in sight.
    const from = chosenEntry === undefined ? (control.current?.lastSeen() ?? -1) : chosen.place + step
    const place = placeFrom(entries, from, step, test)
    if (place >= 0) chosen.choose(place)
    else if (missing !== undefined) say(missing)
  }
  const isTrouble = ({ trouble }: LineEntry): boolean => trouble > 0
  const barOf = ({ at }: LineEntry): number => Math.floor(at / bucketMs)
  const moveBar = (step: 1 | -1): void => {
    const bar = chosenEntry === undefined ? undefined : barOf(chosenEntry)
    move(step, (entry) => barOf(entry) !== bar)
  }
  const id = chosenEntry?.line.requestId
  useKeys([
    { keys: 'j', does: 'next line', run: () => move(1, () => true) },
    { keys: 'k', does: 'line before', run: () => move(-1, () => true) },
    {
      keys: 'n',
      does: 'next warning or failure',
      run: () => move(1, isTrouble, 'No later warning or failure here'),
    },
    {
      keys: 'N',
      does: 'warning or failure before',
      run: () => move(-1, isTrouble, 'No earlier warning or failure here'),
    },
    { keys: 'ArrowRight', does: 'next bar of the chart', run: () => moveBar(1) },
    { keys: 'ArrowLeft', does: 'bar before', run: () => moveBar(-1) },
    { keys: 'Enter', does: 'its story', run: () => id !== undefined && go(linkToStory(id)) },
    { keys: 'o', does: 'open or close the stack', run: () => chosenEntry !== undefined && fold(chosenEntry.key) },
    { keys: 'w', does: 'wrap long lines', run: wrap },
    { keys: 'f', does: 'words to filter by', run: () => document.querySelector<HTMLElement>('.words input')?.focus() },
    { keys: 'y', does: 'copy its request id', run: () => id !== undefined && void copy(id, 'Copied the request id') },
    { keys: 'Y', does: 'copy a link to it', run: () => void copy(location.href, 'Copied the link') },
    { keys: 'Space', does: 'newest lines, or pause', run: () => (isHeld ? showNewest() : togglePaused()) },
    { keys: 'Escape', does: 'clear', run: chosen.clear },
  ])
}
