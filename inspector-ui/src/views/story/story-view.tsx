import type { VNode } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { session } from '../../api/session.js'
import { cut } from '../../format/texts.js'
import { Failure } from '../../parts/failure.js'
import { Loading } from '../../parts/loading.js'
import type { LiveRequest, RequestDetail } from '../../protocol.js'
import { linkToStory } from '../../state/route.js'
import { AnswerLine } from './answer-line.js'
import { hovered, zoom } from './cursor.js'
import { ErrorPanel } from './error-panel.js'
import { Facts } from './facts.js'
import { Head, type Headed } from './head.js'
import { ExpiredHint, NotMeasuredHint } from './hints.js'
import { LanesView } from './lanes-view.js'
import { type Extent, extentOf } from './layout/lanes.js'
import type { StoryLayout } from './layout/place.js'
import type { StoryInput } from './layout/story-input.js'
import { ms } from './layout/words.js'
import { LinesView, type TrailAxis } from './lines-view.js'
import { OthersLine, OwnLine } from './own-line.js'
import { NothingHere, OpenAnswer, OpenFacts } from './states.js'
import { useStoryKeys } from './story-keys.js'
import { useNeighbours } from './use-neighbours.js'
import { type StoryReading, useStory } from './use-story.js'

/** The view Story: everything about one request or job. */
export function StoryView({ id }: { readonly id: string }): VNode {
  const reading = useStory(id)
  const { record, open, isClosed, story } = reading
  useEffect(() => {
    hovered.value = undefined
  }, [id])
  if (record.data !== undefined) return <RecordStory record={record.data} reading={reading} />
  if (open !== undefined) return <OpenStory open={open} reading={reading} />
  if (record.error !== undefined && record.error.status !== 404)
    return <Failure what="The story" error={record.error} retry={record.reload} />
  if (!isClosed || (story.data === undefined && story.error === undefined && session.value?.lines !== false))
    return <Loading rows={9} />
  if ((story.data?.lines.length ?? 0) > 0) return <LinesOnly id={id} reading={reading} />
  return <NothingHere id={id} />
}

interface RecordProps {
  readonly record: RequestDetail
  readonly reading: StoryReading
}

/** A story with a record. */
function RecordStory({ record, reading }: RecordProps): VNode {
  const { lines, jobs } = reading
  const [isOpened, open] = useState(false)
  const onOpen = useMemo(() => () => open((before) => !before), [])
  const layout = useRef<StoryLayout | undefined>(undefined)
  const input = useMemo(
    (): StoryInput => ({ record, lines, jobs, isOpened, storyOf: linkToStory }),
    [record, lines, jobs, isOpened],
  )
  const { onNewer, onOlder } = useNeighbours(record)
  useStoryKeys({ of: record, input, layout, onOpen, onNewer, onOlder })
  useTitle(record, ms(record.durationMs))
  const state =
    record.source === 'log' && !record.storeFailed && session.value?.source === 'service' ? 'expired' : undefined
  return (
    <div class="story">
      <Head of={record} state={state} onNewer={onNewer} onOlder={onOlder} />
      <AnswerLine record={record} />
      <NotMeasuredHint record={record} />
      <ExpiredHint record={record} lines={lines?.length} />
      <Facts record={record} lines={lines} />
      <OwnLine record={record} />
      <OthersLine record={record} />
      <ErrorPanel record={record} />
      <LanesView input={input} onOpen={onOpen} shown={layout} />
      <StoryLines input={input} reading={reading} />
    </div>
  )
}

function StoryLines({ input, reading }: { input: StoryInput; reading: StoryReading }): VNode | null {
  const { story, jobLines } = reading
  const { record, lines: own } = input
  const lines = useMemo(
    () => own && (jobLines === undefined ? own : [...own, ...jobLines].sort((one, other) => one.atMs - other.atMs)),
    [own, jobLines],
  )
  const window = zoom.value
  const axis = useMemo(() => trailAxis(record, window ?? extentOf(input).first), [input, window?.from, window?.to])
  if (session.value?.lines === false) return null
  if (lines === undefined) return <Loading rows={Math.min(12, Math.max(3, record.logs?.lines ?? 3))} />
  if (story.data === undefined && story.error !== undefined && story.error.status !== 404)
    return <Failure what="Its log lines" error={story.error} retry={story.reload} />
  return (
    <LinesView
      lines={lines}
      requestId={record.requestId}
      axis={axis}
      isPartial={story.data?.completeness === 'quick'}
      hasJobs={(record.jobs?.length ?? 0) > 0}
    />
  )
}

function trailAxis(record: RequestDetail, shown: Pick<Extent, 'from' | 'to'>): TrailAxis {
  const held = (record.heldUp ?? []).map(({ startMs, durationMs }) => ({ from: startMs, to: startMs + durationMs }))
  return { shown, end: record.durationMs, held: record.cpu === undefined ? [] : held }
}

/** A request in flight. */
function OpenStory({ open, reading }: { readonly open: LiveRequest; readonly reading: StoryReading }): VNode {
  const lines = reading.lines ?? []
  useStoryKeys({ of: open })
  const state = open.isLost ? 'lost' : 'in flight'
  useTitle(open, state)
  const last = Math.max(open.openMs, lines.at(-1)?.atMs ?? 0, 1)
  return (
    <div class="story">
      <Head of={open} state={state} />
      <OpenAnswer open={open} />
      <OpenFacts open={open} />
      {session.value?.lines !== false && (
        <LinesView
          lines={lines}
          requestId={open.requestId}
          axis={{ shown: { from: 0, to: last }, end: undefined, held: [] }}
        />
      )}
    </div>
  )
}

/** Lines of an id without a record: it is open elsewhere, or was lost with its process. */
function LinesOnly({ id, reading }: { readonly id: string; readonly reading: StoryReading }): VNode {
  const { story } = reading
  const lines = story.data?.lines ?? []
  useStoryKeys({ of: { id, requestId: id, kind: 'request', startedAt: '' } })
  const startedAt = lines.find(({ time }) => time !== undefined)?.time ?? ''
  const timed = useMemo(() => {
    const start = Date.parse(startedAt)
    return lines.map((line) => {
      const atMs = Date.parse(line.time ?? '') - start
      const kind = line.level === 'warn' ? 'warn' : line.level === 'error' || line.level === 'fatal' ? 'fail' : 'plain'
      return { atMs: Number.isFinite(atMs) ? atMs : 0, kind, line } as const
    })
  }, [story.data])
  return (
    <div class="story">
      <h1 class="answer">Its lines are here, its record is not</h1>
      <p class="mid" id="answer">
        {cut(story.data?.summary ?? '', 300)}. Times are in ms after its first line.
      </p>
      <LinesView
        lines={timed}
        requestId={id}
        axis={{ shown: { from: 0, to: Math.max(1, timed.at(-1)?.atMs ?? 1) }, end: undefined, held: [] }}
      />
    </div>
  )
}

/** The title of the tab: what it was, and how long it took. */
function useTitle({ kind, method = '', path = '', name = '' }: Headed, took: string): void {
  const what = kind === 'job' ? `Job ${name}` : `${method} ${path}`
  useEffect(() => {
    const before = document.title
    document.title = `${cut(what, 80)}, ${took} · Spoor`
    return () => {
      document.title = before
    }
  }, [what, took])
}
