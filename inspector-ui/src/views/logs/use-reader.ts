import { useEffect, useMemo, useReducer, useRef } from 'preact/hooks'
import { liveState, useLive } from '../../api/live.js'
import { serverNow } from '../../api/session.js'
import { watch } from '../../state/signal.js'
import { type LineFilters, parametersOf } from './filters.js'
import { LinesReader } from './lines-reader.js'
import type { Seen } from './seen.js'

const tickMs = 1_000
/** Lines a second that are too many to be read as they come: they are shown twice a second, not four times. */
const fastRate = 100
const fastMs = 450
const keptMs = 3_600_000

/** The reader of the lines, and a function that draws them again. */
export function useReader(
  filters: LineFilters,
  seen: Seen,
): { readonly reader: LinesReader; readonly draw: () => void } {
  const [, next] = useReducer((turn: number) => turn + 1, 0)
  const draw = (): void => next(undefined as never)
  const reader = useMemo(() => new LinesReader(parametersOf(filters), (lines) => seen.add(lines), draw), [])
  return { reader, draw }
}

interface Followed {
  /** Where the first lines are read: around this time, or the newest ones. */
  readonly at: number | undefined
  /** Whether new lines are shown as they come. */
  readonly isShown: () => boolean
  /** Shows what waits. */
  readonly release: () => void
  /** Called once a second with the lines a second by logger. */
  readonly onRates: (rates: ReadonlyMap<string, number>) => void
}

/** Reads the first lines and follows the live stream, while the view is shown. */
export function useFollowed(reader: LinesReader, draw: () => void, followed: Followed): void {
  const latest = useRef(followed)
  latest.current = followed
  const shownAt = useRef(0)
  const show = (): void => {
    shownAt.current = Date.now()
    latest.current.release()
  }
  const mayShow = (): boolean => latest.current.isShown() && !isMenuOpen()
  useEffect(() => {
    const tell = (): void => latest.current.onRates(reader.rates.at(Date.now()))
    // The names to filter by come with the first lines, not a second later, when they would move the list.
    void reader.start(followed.at).then(() => {
      if (reader.isReady) tell()
    })
    const timer = setInterval(() => {
      tell()
      reader.store.buckets.forget(serverNow() - keptMs)
      if (mayShow() && reader.store.waiting > 0) show()
      else draw()
    }, tickMs)
    const undo = watch(liveState, ({ kind }) => {
      if (kind === 'live') reader.connected(() => (mayShow() ? 'list' : 'waiting'))
    })
    return () => {
      clearInterval(timer)
      undo()
      reader.end()
    }
  }, [])
  useLive(reader.filters.toString(), reader.filters, (events, leftOut) => {
    const isFree = mayShow()
    const isFast = (reader.rates.total(Date.now()) ?? 0) > fastRate
    const isTime = isFree && (!isFast || Date.now() - shownAt.current >= fastMs)
    reader.take(events, leftOut, isTime ? 'list' : 'waiting')
    if (isTime) show()
    else if (!isFree) draw()
  })
}

function isMenuOpen(): boolean {
  return document.querySelector('.logs [aria-haspopup][aria-expanded="true"]') !== null
}
