import { effect } from '@preact/signals'
import type { VNode } from 'preact'
import { useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks'
import { liveState, useLive } from '../../api/live.js'
import { serverNow } from '../../api/session.js'
import { Failure } from '../../parts/failure.js'
import { Loading } from '../../parts/loading.js'
import { paused } from '../../state/paused.js'
import { setQuery } from '../../state/route.js'
import { Chart } from './chart.js'
import { Dock } from './dock.js'
import { Empty } from './empty.js'
import type { LineEntry } from './entries.js'
import { type LineFilters, parametersOf } from './filters.js'
import { holdReason } from './hold.js'
import { useLineKeys } from './line-keys.js'
import { LinesList, type ListControl } from './lines-list.js'
import { LinesReader } from './lines-reader.js'
import type { Seen } from './seen.js'
import { useNarrow } from './use-narrow.js'

interface Props {
  readonly filters: LineFilters
  /** The time that the URL names. */
  readonly at: number | undefined
  readonly seen: Seen
  readonly hasAccount: boolean
  /** Called once a second with the lines a second by logger. */
  readonly onRates: (rates: ReadonlyMap<string, number>) => void
  /** Reads everything again: the newest lines, or those around the time in the URL. */
  readonly onRestart: () => void
}

const tickMs = 1_000

/** The lines that match the filters: chart, list and dock. */
export function Lines({ filters, at, seen, hasAccount, onRates, onRestart }: Props): VNode {
  const [, draw] = useReducer((turn: number) => turn + 1, 0)
  const redraw = (): void => draw(undefined as never)
  const parameters = useMemo(() => parametersOf(filters), [])
  const reader = useMemo(() => new LinesReader(parameters, (lines) => seen.add(lines), redraw), [])
  const { store } = reader
  const control = useRef<ListControl>(null)
  const [chosen, setChosen] = useState<number>()
  const [unfolded, setUnfolded] = useState<ReadonlySet<number>>(new Set())
  const [isWrapped, setWrapped] = useState(false)
  const [isPointed, setPointed] = useState(false)
  const [hasText, setText] = useState(false)
  const [isAway, setAway] = useState(false)
  const isNarrow = useNarrow()
  const reason = holdReason({
    isPaused: paused.value,
    isChosen: chosen !== undefined,
    hasText,
    isPointed,
    isAway: isAway || store.endsEarly,
  })
  const hold = useRef({ reason, since: serverNow() })
  if (hold.current.reason !== reason) hold.current = { reason, since: serverNow() }

  const release = (): void => {
    if (store.waiting > 0) store.release()
    reader.trim()
    redraw()
  }
  useEffect(() => {
    if (reason === undefined) release()
  }, [reason])
  useEffect(() => {
    reader.start(at)
    const timer = setInterval(() => {
      onRates(reader.rates.at(Date.now()))
      store.buckets.forget(serverNow() - 3_600_000)
      redraw()
    }, tickMs)
    const undo = effect(() => {
      if (liveState.value.kind === 'live') reader.connected()
    })
    return () => {
      clearInterval(timer)
      undo()
      reader.end()
    }
  }, [])
  useLive(parameters.toString(), parameters, (events, leftOut) => {
    const isShown = hold.current.reason === undefined && !isMenuOpen()
    reader.take(events, leftOut, isShown ? 'list' : 'waiting')
    if (isShown) release()
    else redraw()
  })

  const chosenPlace = chosen === undefined ? -1 : store.entries.findIndex(({ key }) => key === chosen)
  const chosenEntry = store.entries[chosenPlace]
  const ownAt = useRef(at)
  const choose = (place: number, isCentered = false, hasFocus = true): void => {
    const entry = store.entries[place]
    if (entry?.kind !== 'line') return
    setChosen(entry.key)
    ownAt.current = entry.at
    setQuery({ at: new Date(entry.at).toISOString() })
    control.current?.reveal(place, isCentered)
    if (hasFocus) control.current?.focus(entry.key)
  }
  const clear = (): void => {
    setChosen(undefined)
    ownAt.current = undefined
    setQuery({ at: undefined })
  }
  const goTo = (time: number): void => {
    const place = reader.placeOf(time)
    if (place !== undefined) {
      choose(place, true, false)
      return
    }
    ownAt.current = time
    setQuery({ at: new Date(time).toISOString() })
    onRestart()
  }
  // The line of the URL, once it is there, and when the URL changes.
  useEffect(() => {
    if (!reader.isReady || at === undefined) return
    const place = reader.placeOf(at)
    if (place !== undefined) choose(place, true, false)
  }, [reader.isReady])
  useEffect(() => {
    if (at !== undefined && at !== ownAt.current && reader.isReady) goTo(at)
  }, [at])
  const showNewest = (): void => {
    paused.value = false
    getSelection()?.removeAllRanges()
    setText(false)
    setPointed(false)
    setAway(false)
    clear()
    if (store.endsEarly) onRestart()
    else {
      release()
      control.current?.toEnd()
    }
  }
  const fold = (key: number): void => {
    const next = new Set(unfolded)
    if (!next.delete(key)) next.add(key)
    setUnfolded(next)
  }
  useLineKeys({
    entries: store.entries,
    chosen: chosenEntry?.kind === 'line' ? { entry: chosenEntry, place: chosenPlace } : undefined,
    start: () => control.current?.lastSeen() ?? store.entries.length - 1,
    isHeld: reason !== undefined || store.waiting > 0,
    choose,
    clear,
    fold,
    wrap: () => setWrapped(!isWrapped),
    showNewest,
  })

  if (reader.error !== undefined && !reader.isReady)
    return (
      <div class="pad">
        <Failure what="The log lines" error={reader.error} retry={() => reader.start(at)} />
      </div>
    )
  const now = paused.value ? hold.current.since : serverNow()
  const first = store.entries[0]
  return (
    <>
      <div class="pad">
        <Chart
          buckets={store.buckets}
          entries={store.entries}
          loadedFrom={reader.isReady ? reader.loadedFrom : now}
          now={now}
          chosenAt={chosenEntry?.at}
          onGo={goTo}
        />
      </div>
      {!reader.isReady && (
        <div class="scroll pad">
          <Loading rows={8} />
        </div>
      )}
      {reader.isReady && store.entries.length === 0 && (
        <div class="scroll pad">
          <Empty filters={filters} older={reader.older} onOlder={() => void reader.readOlder()} />
        </div>
      )}
      {reader.isReady && store.entries.length > 0 && (
        <LinesList
          entries={store.entries}
          older={reader.older}
          chosen={chosen}
          unfolded={unfolded}
          filling={reader.filling}
          isWrapped={isWrapped}
          isNarrow={isNarrow}
          hasAccount={hasAccount}
          isDated={first !== undefined && new Date(first.at).toDateString() !== new Date(now).toDateString()}
          isFollowing={reason === undefined || (!isAway && chosen === undefined)}
          control={control}
          onChoose={(key) => (key === chosen ? clear() : choose(store.entries.findIndex((one) => one.key === key)))}
          onRequest={(key) =>
            setQuery({ request: requestOf(store.entries.find((one) => one.key === key)), at: undefined })
          }
          onFold={fold}
          onFill={(key) => void reader.fill(key)}
          onOlder={() => void reader.readOlder()}
          onEarlier={() => first !== undefined && goToEarlier(first.at, onRestart)}
          onAway={setAway}
          onPointed={setPointed}
          onText={setText}
        />
      )}
      <Dock
        reason={reason}
        since={hold.current.since}
        waiting={store.waiting}
        rate={reader.rates.total(Date.now())}
        isLost={liveState.value.kind === 'lost'}
        isWrapped={isWrapped}
        onWrap={() => setWrapped(!isWrapped)}
        onNewer={showNewest}
      />
    </>
  )
}

function requestOf(entry: { readonly kind: string } | undefined): string | undefined {
  return entry?.kind === 'line' ? (entry as LineEntry).line.requestId : undefined
}

function goToEarlier(at: number, onRestart: () => void): void {
  setQuery({ at: new Date(at).toISOString() })
  onRestart()
}

function isMenuOpen(): boolean {
  return document.querySelector('.logs [aria-haspopup][aria-expanded="true"]') !== null
}
