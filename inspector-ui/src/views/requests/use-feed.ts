import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { type ApiError, readAhead, readJson } from '../../api/client.js'
import { liveState, useLive } from '../../api/live.js'
import { asApiError } from '../../api/resource.js'
import { readerKey, refused, session } from '../../api/session.js'
import { isObject } from '../../format/texts.js'
import type { ListedRequest, LivePage, RequestPage } from '../../protocol.js'
import { paused } from '../../state/paused.js'
import { watch } from '../../state/signal.js'
import { RequestFeed } from './feed.js'
import { parametersOf, type RequestFilter, readFilter } from './filter.js'
import type { Gap } from './rows.js'

const listPath = 'api/requests'
// The first page fills some screens; it comes sooner than a whole one.
const firstPageSize = 100
const pageSize = 200
const tickMs = 250
const openEveryMs = 1_000
// Without log files there is no live stream: the page asks for the newest requests.
const askEveryMs = 2_000

/** A list with what the reader had done to it. Who comes back from a story finds it as it was. */
export interface KeptList {
  readonly key: string
  readonly feed: RequestFeed
  scrollY: number
  selected: string | undefined
}

let kept: KeptList | undefined

/** The list that this reader saw last. */
export function keptList(): KeptList | undefined {
  return kept?.key.startsWith(readerKey.peek()) ? kept : undefined
}

/** The list of a filter, and what can be done with it. */
export interface Feed {
  readonly list: KeptList
  /** Why the newest page could not be read. */
  readonly error: ApiError | undefined
  readonly reload: () => void
  readonly older: OlderRows
}

/** Asks for the first page of the list that the URL names, before it is drawn. */
export function readListAhead(query: URLSearchParams): void {
  readAhead(listPath, { ...parametersOf(readFilter(query)), limit: firstPageSize })
}

/** The rows below the last one. */
export interface OlderRows {
  readonly isLoading: boolean
  readonly error: ApiError | undefined
  /** Reads the next page, if there is one. */
  readonly load: () => void
  /** Reads what is missing at a gap. */
  readonly fill: (gap: Gap) => void
}

/**
 * Follows the requests of a filter: the newest page, open ones every second, finished ones as they come.
 *
 * @param mustStand whether the list must not move now
 */
export function useFeed(filter: RequestFilter, mustStand: () => boolean): Feed {
  const parameters = parametersOf(filter)
  const key = `${readerKey.value} ${JSON.stringify(parameters)}`
  if (kept?.key !== key) kept = { key, feed: new RequestFeed(filter), scrollY: 0, selected: undefined }
  const list = kept
  const { feed } = list
  const [turn, setTurn] = useState(0)
  const [error, setError] = useState<ApiError | undefined>(undefined)
  const isHeld = (): boolean => paused.value || mustStand()
  const read = useRef<() => void>(() => undefined)
  // Before the paint, not after it: the answer is on its way while the frame of the page is painted.
  useLayoutEffect(() => {
    const abort = new AbortController()
    const newest = (): Promise<void> => readNewest(feed, parameters, isHeld, abort.signal, setError)
    const open = (): Promise<void> => readOpen(feed, isHeld, abort.signal)
    read.current = newest
    const first = newest()
    void open()
    const timers = [setInterval(() => feed.tick(isHeld()), tickMs), every(openEveryMs, open)]
    if (session.value?.lines === false) timers.push(every(askEveryMs, newest))
    const stop = whenLiveAgain(() => void first.then(newest))
    return () => {
      abort.abort()
      stop()
      for (const timer of timers) clearInterval(timer)
    }
  }, [key, turn])
  // Only the lines that requests end with: at 500 a second, all others would be read for nothing.
  useLive(key, { items: true, logger: 'requests', account: filter.account }, (events, leftOut) => {
    const items: ListedRequest[] = []
    for (const { type, data } of events) if (type === 'request' && isListed(data)) items.push(data)
    feed.takeNews(items, isHeld())
    if (leftOut > 0 || events.some(({ type }) => type === 'dropped')) read.current()
  })
  return { list, error, reload: () => setTurn((before) => before + 1), older: useOlder(feed, parameters, key) }
}

/** Calls while the tab is visible. */
function every(ms: number, call: () => Promise<void>): ReturnType<typeof setInterval> {
  let isBusy = false
  return setInterval(() => {
    if (document.hidden || paused.value || isBusy) return
    isBusy = true
    void call().finally(() => {
      isBusy = false
    })
  }, ms)
}

/** Calls each time that news arrive again: what ended meanwhile is on no stream. */
function whenLiveAgain(call: () => void): () => void {
  let before = liveState.peek().kind
  return watch(liveState, ({ kind }) => {
    if (kind === 'live' && before !== 'live') call()
    before = kind
  })
}

async function readNewest(
  feed: RequestFeed,
  parameters: Readonly<Record<string, string>>,
  isHeld: () => boolean,
  signal: AbortSignal,
  setError: (error: ApiError | undefined) => void,
): Promise<void> {
  try {
    const limit = feed.rows.peek() === undefined ? firstPageSize : pageSize
    const page = await readJson<RequestPage>(listPath, { ...parameters, limit }, signal)
    feed.takePage(page, isHeld())
    setError(undefined)
  } catch (error) {
    if (signal.aborted) return
    const failure = asApiError(error)
    refused(failure)
    setError(failure)
  }
}

async function readOpen(feed: RequestFeed, isHeld: () => boolean, signal: AbortSignal): Promise<void> {
  const { process } = feed.filter
  try {
    const page = await readJson<LivePage>('api/live-requests', { process }, signal)
    feed.takeOpen(page.items, isHeld())
  } catch (error) {
    // The list says what is wrong; open requests are only missing from it meanwhile.
    if (!signal.aborted) refused(asApiError(error))
  }
}

/** A server of another version may send lines in place of items. */
function isListed(data: unknown): data is ListedRequest {
  return isObject(data) && 'startedAt' in data && 'measured' in data && 'durationMs' in data
}

function useOlder(feed: RequestFeed, parameters: Readonly<Record<string, string>>, key: string): OlderRows {
  const [state, setState] = useState<{ key: string; isLoading: boolean; error?: ApiError }>({ key, isLoading: false })
  const busy = useRef<string | undefined>(undefined)
  const now = state.key === key ? state : { key, isLoading: false, error: undefined }
  const once = async (more: Readonly<Record<string, string>>, take: (page: RequestPage) => void): Promise<void> => {
    if (busy.current === key) return
    busy.current = key
    setState({ key, isLoading: true })
    try {
      take(await readJson<RequestPage>(listPath, { ...parameters, ...more, limit: pageSize }))
      setState({ key, isLoading: false })
    } catch (error) {
      const failure = asApiError(error)
      refused(failure)
      setState({ key, isLoading: false, error: failure })
    } finally {
      busy.current = undefined
    }
  }
  return {
    isLoading: now.isLoading,
    error: now.error,
    load: () => {
      if (feed.older !== undefined) void once(feed.older, (page) => feed.takeOlder(page))
    },
    fill: (gap) => {
      const to = new Date(Date.parse(gap.startedAt) + 1).toISOString()
      void once({ to }, (page) => feed.fillGap(gap, page))
    },
  }
}
