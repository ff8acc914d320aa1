import type { VNode } from 'preact'
import { useEffect, useLayoutEffect } from 'preact/hooks'
import { readJson } from '../../api/client.js'
import { type Resource, useResource } from '../../api/resource.js'
import { grouped } from '../../format/numbers.js'
import { Answer } from '../../parts/answer.js'
import { Failure, reasonOf } from '../../parts/failure.js'
import { Loading } from '../../parts/loading.js'
import type { RequestsSummary } from '../../protocol.js'
import { useKeys } from '../../state/keys.js'
import { listen } from '../../state/listen.js'
import { paused } from '../../state/paused.js'
import { route } from '../../state/route.js'
import { NothingMatches, useDropKey } from './empty.js'
import type { RequestFeed } from './feed.js'
import { parametersOf, readFilter, setFilters } from './filter.js'
import { Filters } from './filters.js'
import { FirstRun } from './first-run.js'
import { NoJobs, Note, NotMeasuredHint } from './first-run-hints.js'
import { useHold } from './hold.js'
import { Legend } from './legend.js'
import { RequestList } from './list.js'
import { Scatter } from './scatter.js'
import { type Feed, keptList, useFeed } from './use-feed.js'

const summaryEveryMs = 5_000

/** The view Requests: a sentence, the last 15 minutes as a chart, the list. */
export function RequestsView(): VNode {
  const filter = readFilter(route.value.query)
  const parameters = parametersOf(filter)
  const isHeld = useHold(keptList)
  const feed = useFeed(filter, isHeld)
  const summary = useResource(
    JSON.stringify(parameters),
    (signal) => readJson<RequestsSummary>('api/summary', parameters, signal),
    summaryEveryMs,
  )
  useDropKey(filter)
  useScrollKept(feed)
  const content = feed.list.feed.content.value
  const isEmpty = content === 'empty'
  // The first request ends the first run at once.
  useEffect(() => {
    if (!isEmpty && summary.data?.count === 0) summary.reload()
  }, [isEmpty])
  if (content === 'unknown')
    return feed.error === undefined ? (
      <Loading rows={12} />
    ) : (
      <Failure what="The list of requests" error={feed.error} retry={feed.reload} />
    )
  if (isEmpty && setFilters(filter).length === 0 && filter.kind !== 'job') return <FirstRun />
  const isNoJob = isEmpty && filter.kind === 'job' && setFilters(filter).length === 0
  return (
    <>
      <Top summary={summary} isNoJob={isNoJob} />
      {!isNoJob && <Chart summary={summary} feed={feed.list.feed} />}
      <Filters filter={filter} feed={feed.list.feed}>
        {summary.data !== undefined && <span class="dim hide-m">{countWords(summary.data)}</span>}
        <Newer feed={feed.list.feed} />
      </Filters>
      <Note summary={summary.data} />
      <NotMeasuredHint summary={summary.data} filter={filter} feed={feed.list.feed} />
      {isNoJob ? <NoJobs /> : isEmpty ? <NothingMatches filter={filter} /> : <Rows feed={feed} />}
    </>
  )
}

interface TopProps {
  readonly summary: Resource<RequestsSummary>
  readonly isNoJob: boolean
}

function Top({ summary, isNoJob }: TopProps): VNode {
  return (
    <div class="top">
      {isNoJob ? (
        <h1 class="answer">
          <b>No job has run yet.</b>
        </h1>
      ) : summary.data !== undefined ? (
        <Answer pieces={summary.data.pieces} />
      ) : (
        <h1 class="answer">
          <span class={summary.error === undefined ? 'sr' : undefined}>Requests</span>
          {'\u00a0'}
        </h1>
      )}
      {summary.data !== undefined && <Legend points={summary.data.points} />}
    </div>
  )
}

interface ChartProps {
  readonly summary: Resource<RequestsSummary>
  readonly feed: RequestFeed
}

/** The chart; before it is known, its place, so that the list does not move. */
function Chart({ summary: { data, error }, feed }: ChartProps): VNode {
  if (data !== undefined) return <Scatter summary={data} open={feed.open.value} />
  if (error === undefined) return <div class="scatter" />
  return <p class="mid">The last 15 minutes could not be read. {reasonOf(error)}</p>
}

function Rows({ feed }: { readonly feed: Feed }): VNode {
  return (
    <>
      {feed.error !== undefined && feed.error.status !== 0 && (
        <Failure what="The newest requests" error={feed.error} retry={feed.reload} />
      )}
      <RequestList list={feed.list} older={feed.older} />
      <div class="foot">
        <span>
          <kbd>j</kbd>
          <kbd>k</kbd>move
        </span>
        <span>
          <kbd>↵</kbd>open the story
        </span>
        <span>
          <kbd>space</kbd>pause, go on
        </span>
        <span>
          <kbd>f</kbd>filter
        </span>
        <span>
          <kbd>?</kbd>all keys
        </span>
      </div>
    </>
  )
}

/** `34 212 in 15 minutes`: what the sentence and the chart are about. */
function countWords({ count, from, to }: RequestsSummary): string {
  const ms = Date.parse(to) - Date.parse(from)
  const since = ms >= 90_000 ? `${Math.round(ms / 60_000)} minutes` : `${Math.max(1, Math.round(ms / 1_000))} s`
  return `${grouped(count)} in ${since}`
}

/** The pill that counts newer rows while the list stands still. */
function Newer({ feed }: { readonly feed: RequestFeed }): VNode | null {
  const count = feed.waiting.value
  const show = (): void => {
    paused.value = false
    feed.flush(true)
    const list = document.querySelector('.list')
    if (list !== null && list.getBoundingClientRect().top < 0) scrollTo({ top: 0 })
  }
  useKeys(count === 0 ? [] : [{ keys: 'Space', does: 'show newer ones', run: show }])
  if (count === 0) return null
  return (
    <button type="button" class="pill" onClick={show}>
      {grouped(count)} newer <kbd class="hide-s">space</kbd>
    </button>
  )
}

let lastScrollY = 0

/** Who comes back from a story finds the list where it was. */
function useScrollKept({ list }: Feed): void {
  useLayoutEffect(() => {
    const wanted = list.scrollY
    // A page that was just opened stands at its top; to say so would lay it out twice.
    if (wanted !== lastScrollY) scrollTo({ top: wanted })
    const undo = listen(window, {
      scroll: () => {
        lastScrollY = scrollY
        list.scrollY = lastScrollY
      },
    })
    return () => {
      undo()
      if (lastScrollY !== 0) scrollTo({ top: 0 })
      lastScrollY = 0
    }
  }, [list])
}
