import { useKeys } from '../../state/keys.js'
import { go, linkTo, linkToStory, readRoute, route } from '../../state/route.js'
import { copy, say } from '../../state/status.js'
import { curlOf, curlSaid } from './copies.js'
import { momentText } from './crosshair.js'
import { hovered, pin, pinned, shownAt, zoom, zoomTo } from './cursor.js'
import { agentText, type Headed } from './head.js'
import type { StoryLayout } from './layout/place.js'
import { zoomed } from './layout/scale.js'
import type { StoryInput } from './layout/story-input.js'
import { nextThing, storyAt, thingsOf } from './things.js'

interface Keyed {
  readonly of: Headed
  /** Undefined while the request is open. */
  readonly input?: StoryInput | undefined
  readonly layout?: { readonly current: StoryLayout | undefined }
  readonly onOpen?: () => void
  readonly onNewer?: () => void
  readonly onOlder?: () => void
}

/** The keys of a story. */
export function useStoryKeys(keyed: Keyed): void {
  const { of, onOpen, onNewer, onOlder } = keyed
  useKeys([
    { keys: 'j', does: 'older request', run: () => onOlder?.() },
    { keys: 'k', does: 'newer request', run: () => onNewer?.() },
    { keys: 'ArrowRight', does: 'next thing on the axis', run: () => move(keyed, 1, false) },
    { keys: 'ArrowLeft', does: 'thing before it', run: () => move(keyed, -1, false) },
    { keys: 'n', does: 'next warning or failure', run: () => move(keyed, 1, true) },
    { keys: 'N', does: 'previous warning or failure', run: () => move(keyed, -1, true) },
    { keys: '+', does: 'zoom in', run: () => zoomBy(keyed, 0.5) },
    { keys: '-', does: 'zoom out', run: () => zoomBy(keyed, 2) },
    { keys: '0', does: 'show all', run: () => zoomTo(undefined) },
    { keys: 'o', does: 'open what is folded', run: () => onOpen?.() },
    { keys: 'Enter', does: 'open the story at the crosshair', run: () => openAt(keyed) },
    { keys: 'Escape', does: 'back', run: back },
    { keys: 'y', does: 'copy the id', run: () => void copy(of.requestId, 'Copied the request id') },
    { keys: 'Y', does: 'copy the link', run: () => void copy(location.href, 'Copied the link') },
    {
      keys: 'u',
      does: 'copy as cURL',
      run: () => void (of.method !== undefined && copy(curlOf(of, location.origin), curlSaid)),
    },
    { keys: 'a', does: 'copy for an agent', run: () => void copyForAgent(of.requestId) },
  ])
}

async function copyForAgent(id: string): Promise<void> {
  try {
    await copy(await agentText(id), 'Copied for an agent, as Markdown')
  } catch {
    say('The story could not be read')
  }
}

function move({ input, layout }: Keyed, by: 1 | -1, isTrouble: boolean): void {
  if (input === undefined) return
  const things = thingsOf(input).filter((thing) => !isTrouble || thing.isTrouble)
  hovered.value = undefined
  const next = nextThing(things, pinned.value, by)
  if (next === undefined) {
    say(isTrouble ? 'No other warning or failure' : 'Nothing else on the axis')
    return
  }
  pin(next.at)
  const shown = zoom.value
  // What the keys go to is never outside of the window.
  if (shown !== undefined && (next.at < shown.from || next.at > shown.to)) {
    const half = (shown.to - shown.from) / 2
    zoomTo({ from: next.at - half, to: next.at + half })
  }
  const axis = layout?.current?.scale
  say(
    `${momentText(next.at, axis === undefined ? 1 : (axis.to - axis.from) / (axis.right - axis.left))}${next.isTrouble ? ', a warning or failure' : ''}`,
  )
  queueMicrotask(() => document.querySelector('.lines li.on')?.scrollIntoView({ block: 'nearest' }))
}

function zoomBy({ layout }: Keyed, by: number): void {
  const current = layout?.current
  if (current === undefined) return
  const { scale, extent } = current
  const at = shownAt.value
  const around = at !== undefined && at >= scale.from && at <= scale.to ? at : (scale.from + scale.to) / 2
  zoomTo(zoomed(scale, by, around, extent))
}

function openAt({ input }: Keyed): void {
  const at = shownAt.value
  if (input === undefined || at === undefined) return
  const story = storyAt(thingsOf(input), at)
  if (story !== undefined) go(linkToStory(story))
  else say('No other story begins here')
}

// The page was opened at this address: there is no view of it to go back to.
const opened = readRoute(location.hash).id

/** Takes away what was chosen last: the pin, the zoom; then it goes back to the list. */
function back(): void {
  if (pinned.value !== undefined) pin(undefined)
  else if (zoom.value !== undefined) zoomTo(undefined)
  else if (route.value.id !== opened) history.back()
  else go(linkTo('requests'))
}
