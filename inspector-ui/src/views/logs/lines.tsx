import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { liveState } from '../../api/live.js'
import { serverNow } from '../../api/session.js'
import { Failure } from '../../parts/failure.js'
import { Loading } from '../../parts/loading.js'
import { paused } from '../../state/paused.js'
import { setQuery } from '../../state/route.js'
import { Chart } from './chart.js'
import { Dock } from './dock.js'
import { Empty } from './empty.js'
import type { LineFilters } from './filters.js'
import { useLineKeys } from './line-keys.js'
import { LinesList, type ListControl } from './lines-list.js'
import type { Seen } from './seen.js'
import { useChosen } from './use-chosen.js'
import { useHold } from './use-hold.js'
import { useNarrow } from './use-narrow.js'
import { useFollowed, useReader } from './use-reader.js'

interface Props {
  readonly filters: LineFilters
  /** The time that the URL names. */
  readonly at: number | undefined
  readonly seen: Seen
  readonly hasAccount: boolean
  readonly onRates: (rates: ReadonlyMap<string, number>) => void
  /** Reads everything again: the newest lines, or those around the time in the URL. */
  readonly onRestart: () => void
}

/** The lines that match the filters: chart, list and dock. */
export function Lines({ filters, at, seen, hasAccount, onRates, onRestart }: Props): VNode {
  const { reader, draw } = useReader(filters, seen)
  const { store } = reader
  const control = useRef<ListControl>(null)
  const chosen = useChosen(reader, control, at, onRestart)
  const hold = useHold(chosen.key !== undefined, store.endsEarly)
  const [unfolded, setUnfolded] = useState<ReadonlySet<number>>(new Set())
  const [isWrapped, setWrapped] = useState(false)
  const isNarrow = useNarrow()
  const reason = useRef(hold.reason)
  reason.current = hold.reason
  const release = (): void => {
    if (store.waiting > 0) store.release()
    reader.trim()
    draw()
  }
  useEffect(() => {
    if (hold.reason === undefined) release()
  }, [hold.reason])
  useFollowed(reader, draw, { at, isShown: () => reason.current === undefined, release, onRates })
  const showNewest = (): void => {
    hold.letGo()
    chosen.clear()
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
  const wrap = (): void => setWrapped(!isWrapped)
  const isHeld = hold.reason !== undefined
  useLineKeys({ entries: store.entries, chosen, control, isHeld, fold, wrap, showNewest })

  if (reader.error !== undefined && !reader.isReady)
    return (
      <div class="pad">
        <Failure what="The log lines" error={reader.error} retry={() => reader.start(at)} />
      </div>
    )
  const placeOf = (key: number): number => store.entries.findIndex((entry) => entry.key === key)
  const showRequest = (key: number): void => {
    const entry = store.entries[placeOf(key)]
    if (entry?.kind === 'line') setQuery({ request: entry.line.requestId, at: undefined })
  }
  const showEarlier = (): void => {
    setQuery({ at: new Date(store.oldestAt ?? serverNow()).toISOString() })
    onRestart()
  }
  const now = paused.value ? hold.since : serverNow()
  return (
    <>
      <div class="pad">
        <Chart
          buckets={store.buckets}
          entries={store.entries}
          loadedFrom={reader.isReady ? reader.loadedFrom : now}
          now={now}
          chosenAt={chosen.entry?.at}
          onGo={chosen.goTo}
        />
      </div>
      {store.entries.length === 0 ? (
        <div class="scroll pad">
          {reader.isReady ? (
            <Empty filters={filters} older={reader.older} onOlder={() => void reader.readOlder()} />
          ) : (
            <Loading rows={8} />
          )}
        </div>
      ) : (
        <LinesList
          entries={store.entries}
          older={reader.older}
          chosen={chosen.key}
          unfolded={unfolded}
          filling={reader.filling}
          isWrapped={isWrapped}
          isNarrow={isNarrow}
          hasAccount={hasAccount}
          isDated={isOfAnotherDay(store.oldestAt ?? now, now)}
          isFollowing={hold.reason === undefined || (!hold.isAway && chosen.key === undefined)}
          control={control}
          onChoose={(key) => (key === chosen.key ? chosen.clear() : chosen.choose(placeOf(key)))}
          onRequest={showRequest}
          onFold={fold}
          onFill={(key) => void reader.fill(key)}
          onOlder={() => void reader.readOlder()}
          onEarlier={showEarlier}
          onAway={hold.setAway}
          onPointed={hold.setPointed}
          onText={hold.setText}
        />
      )}
      <Dock
        reason={hold.reason}
        since={hold.since}
        waiting={store.waiting}
        rate={reader.rates.total(Date.now())}
        isLost={liveState.value.kind === 'lost'}
        isWrapped={isWrapped}
        onWrap={wrap}
        onNewer={showNewest}
      />
    </>
  )
}

function isOfAnotherDay(at: number, now: number): boolean {
  return new Date(at).toDateString() !== new Date(now).toDateString()
}
