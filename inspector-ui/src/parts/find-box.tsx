import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { session } from '../api/session.js'
import { cut } from '../format/texts.js'
import { go, linkToStory } from '../state/route.js'
import { isGap } from '../views/requests/rows.js'
import { keptList } from '../views/requests/use-feed.js'
import { type Found, findIn, isWholeId, type Known, mayBeId } from './find.js'
import { findRemote, type Names, readNames } from './find-remote.js'
import { FindIcon } from './icons.js'

const listId = 'found'
const waitMs = 250

/**
 * Finds an id, a path, an account, a field or words. A whole id opens its story at once. The list follows the pattern of the ARIA
 * Authoring Practices for comboboxes: the focus stays in the field.
 */
export function FindBox(): VNode {
  const [text, setText] = useState('')
  const [isOpen, setOpen] = useState(false)
  const [at, setAt] = useState(0)
  const names = useNames(isOpen)
  const local = isOpen ? findIn(knownNow(names), text) : []
  const remote = useRemote(isOpen && !local.some(({ what }) => what === 'request') ? text.trim() : '')
  const found = remote.found === undefined ? local : [remote.found, ...local]
  const active = Math.min(at, found.length - 1)
  const choose = (one: Found): void => {
    setOpen(false)
    setText(one.what === 'request' ? one.text : '')
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
    go(one.address)
  }
  const enter = (): void => {
    const id = text.trim()
    const one = found[active]
    if (isWholeId(id)) choose({ what: 'request', text: id, address: linkToStory(id) })
    // The search goes on: its result opens as it comes.
    else if (remote.isSearching && one?.what !== 'path' && one?.what !== 'account') remote.whenFound(choose)
    else if (one !== undefined) choose(one)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return
    const moves: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 }
    const by = moves[event.key]
    if (by !== undefined && found.length > 0) setAt((active + by + found.length) % found.length)
    else if (event.key === 'Enter') enter()
    else if (event.key === 'Escape' && isOpen && text !== '') setOpen(false)
    else if (event.key === 'Escape') {
      setText('')
      if (event.currentTarget instanceof HTMLElement) event.currentTarget.blur()
    } else return
    event.preventDefault()
  }
  const type = (value: string): void => {
    setText(value)
    setAt(0)
    setOpen(true)
  }
  const isListShown = isOpen && text.trim() !== ''
  return (
    <div class="find" role="search" onFocusOut={(event) => closeUnlessInside(event, () => setOpen(false))}>
      <FindIcon />
      <input
        role="combobox"
        aria-label="Find a request id, path, account or words"
        aria-autocomplete="list"
        aria-expanded={isListShown && found.length > 0}
        aria-controls={listId}
        aria-activedescendant={isListShown && found.length > 0 ? `${listId}-${active}` : undefined}
        placeholder="Find a request id, path, account or words"
        autocomplete="off"
        spellcheck={false}
        maxLength={1_200}
        value={text}
        onFocus={() => setOpen(true)}
        onInput={(event) => type(event.currentTarget.value)}
        onPaste={(event) => {
          const pasted = event.clipboardData?.getData('text').trim() ?? ''
          if (!isWholeId(pasted)) return
          event.preventDefault()
          choose({ what: 'request', text: pasted, address: linkToStory(pasted) })
        }}
        onKeyDown={onKeyDown}
      />
      <kbd>/</kbd>
      <Results found={found} active={active} isShown={isListShown} note={noteOf(remote, found)} choose={choose} />
    </div>
  )
}

interface ResultsProps {
  readonly found: readonly Found[]
  readonly active: number
  readonly isShown: boolean
  readonly note: string | undefined
  readonly choose: (one: Found) => void
}

const names: Readonly<Record<Found['what'], string>> = {
  request: 'story',
  path: 'route',
  account: 'account',
  field: 'field',
  lines: 'log lines',
}

function Results({ found, active, isShown, note, choose }: ResultsProps): VNode | null {
  if (!isShown) return <div id={listId} role="listbox" aria-label="Found" hidden />
  return (
    <div class="found" onMouseDown={(event) => event.preventDefault()}>
      <div id={listId} role="listbox" aria-label="Found">
        {found.map((one, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field takes the keys
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field
          <div
            key={`${one.what} ${one.text}`}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === active}
            onClick={() => choose(one)}
          >
            <span class="what">{names[one.what]}</span>
            <bdi class={one.what === 'request' ? 'text mono' : 'text'}>{cut(one.text, 120)}</bdi>
            {one.note !== undefined && <span class="n">{one.note}</span>}
          </div>
        ))}
      </div>
      {note !== undefined && (
        <div class="found-note" role="status">
          {note}
        </div>
      )}
    </div>
  )
}

function noteOf(remote: Remote, found: readonly Found[]): string | undefined {
  if (remote.isSearching) return 'Looking through all requests that are kept …'
  if (remote.failed !== undefined) return remote.failed
  if (remote.isDone && !found.some(({ what }) => what === 'request'))
    return 'No request that is kept has this in its id.'
  return found.length === 0 ? 'Nothing found.' : undefined
}

/** What the page knows without asking. */
function knownNow({ accounts, routes }: Names): Known {
  const feed = keptList()?.feed
  const rows = (feed?.rows.peek() ?? []).flatMap((row) => (isGap(row) ? [] : [row]))
  const open = feed?.open.peek().map(({ request }) => request) ?? []
  const isAll = session.value?.read === 'all'
  const seen = isAll ? rows.flatMap(({ account }) => account ?? []) : []
  return {
    requests: [...open, ...rows],
    accounts: isAll ? [...new Set([...accounts, ...seen])] : [],
    routes,
    hasLines: session.value?.lines === true,
  }
}

const noNames: Names = { accounts: [], routes: [] }

function useNames(isWanted: boolean): Names {
  const [known, setKnown] = useState(noNames)
  useEffect(() => {
    let isOver = false
    if (isWanted) void readNames().then((read) => isOver || setKnown(read))
    return () => {
      isOver = true
    }
  }, [isWanted])
  return known
}

interface Remote {
  readonly found: Found | undefined
  readonly isSearching: boolean
  readonly isDone: boolean
  readonly failed: string | undefined
  /** Calls once, if the search that runs finds something. */
  readonly whenFound: (take: (one: Found) => void) => void
}

/** Asks the service for an id that the page does not know. Empty: asks nothing. */
function useRemote(text: string): Remote {
  const wanted = mayBeId(text) && text.length >= 6 ? text : ''
  const [state, setState] = useState<{ text: string; found?: Found | undefined; failed?: string }>({ text: '' })
  // With its text: the effect below may run after the reader pressed Enter.
  const waiting = useRef<{ text: string; take: (one: Found) => void } | undefined>(undefined)
  useEffect(() => {
    if (wanted === '') return
    const abort = new AbortController()
    const search = async (): Promise<void> => {
      try {
        const found = await findRemote(wanted, abort.signal)
        if (found !== undefined && waiting.current?.text === wanted) waiting.current.take(found)
        setState({ text: wanted, found })
      } catch {
        if (!abort.signal.aborted) setState({ text: wanted, failed: 'The service could not be asked for this id.' })
      }
    }
    const timer = setTimeout(() => void search(), waitMs)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [wanted])
  const isMine = wanted !== '' && state.text === wanted
  return {
    found: isMine ? state.found : undefined,
    failed: isMine ? state.failed : undefined,
    isSearching: wanted !== '' && !isMine,
    isDone: isMine,
    whenFound: (take) => {
      waiting.current = { text: wanted, take }
    },
  }
}

function closeUnlessInside(event: FocusEvent, close: () => void): void {
  const { currentTarget, relatedTarget } = event
  if (currentTarget instanceof Element && relatedTarget instanceof Node && currentTarget.contains(relatedTarget)) return
  close()
}
