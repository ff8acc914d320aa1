import { useEffect, useMemo, useRef } from 'preact/hooks'
import { readAhead, readJson } from '../../api/client.js'
import { type Resource, useResource } from '../../api/resource.js'
import { session } from '../../api/session.js'
import type { LivePage, LiveRequest, RequestDetail, RequestPage, RequestStory } from '../../protocol.js'
import { signal } from '../../state/signal.js'
import type { JobSeen, TimedLine } from './layout/story-input.js'
import { seenJobs } from './seen-jobs.js'
import { timedLines } from './timed-lines.js'

/** All that is read for one story. */
export interface StoryReading {
  readonly record: Resource<RequestDetail>
  /** The request, while it is open. */
  readonly open: LiveRequest | undefined
  /** Whether it is known that it is not open. */
  readonly isClosed: boolean
  readonly story: Resource<RequestStory | undefined>
  readonly lines: readonly TimedLine[] | undefined
  /** The lines of its jobs; undefined while they are not asked for, or not read. */
  readonly jobLines: readonly TimedLine[] | undefined
  readonly jobs: readonly JobSeen[]
}

const openEveryMs = 1_000

/** Whether the lines of a request's jobs stand among its own. */
export const jobLinesShown = signal(false)

/** Reads a story by its id: the record, its lines, the outcomes of its jobs; or the open request. */
export function useStory(id: string): StoryReading {
  const record = useResource(id, (signal) => readJson<RequestDetail>(pathOf(id), {}, signal))
  const isMissing = record.data === undefined && record.error?.status === 404
  const live = useResource(
    isMissing ? `open ${id}` : '',
    (signal) => (isMissing ? readJson<LivePage>('api/live-requests', {}, signal) : Promise.resolve(undefined)),
    isMissing ? openEveryMs : undefined,
  )
  const open = live.data?.items.find((one) => one.id === id || one.requestId === id)
  useRecordAfterEnd(record, open)
  const requestId = record.data?.requestId ?? open?.requestId ?? id
  const story = useStoryOfLines(requestId, open !== undefined)
  const { listed, running } = useJobs(record.data)
  const jobs = useSame(
    useMemo(
      () => (record.data === undefined ? [] : seenJobs(record.data, { listed, live: running, story: story.data })),
      [record.data, listed, running, story.data],
    ),
  )
  const lines = useMemo(() => {
    const start = record.data ?? open
    const isRead = story.data !== undefined || story.error !== undefined || session.value?.lines === false
    return start === undefined || !isRead ? undefined : timedLines(story.data?.lines ?? [], start)
  }, [record.data, open?.startedAt, story.data, story.error])
  const isClosed = isMissing && (live.data !== undefined || live.error !== undefined)
  const jobLines = useJobLines(record.data)
  return { record, open, isClosed, story, lines, jobLines, jobs }
}

/** Asks for a story that the URL names, before it is drawn. */
export function readStoryAhead(id: string): void {
  readAhead(pathOf(id), {})
}

/** The same object as long as it says the same: the chart is laid out again only for news. */
function useSame<T>(value: T): T {
  const last = useRef(value)
  if (last.current !== value && JSON.stringify(last.current) !== JSON.stringify(value)) last.current = value
  return last.current
}

function pathOf(id: string): string {
  return `api/requests/${encodeURIComponent(id)}`
}

/** An open request that ends has a record soon after. */
function useRecordAfterEnd({ reload }: Resource<RequestDetail>, open: LiveRequest | undefined): void {
  const isOpen = open !== undefined
  useEffect(() => {
    if (!isOpen) return
    return () => void setTimeout(reload, 100)
  }, [isOpen])
}

/** The lines, and the jobs as the lines tell them. */
function useStoryOfLines(requestId: string, isOpen: boolean): Resource<RequestStory | undefined> {
  return useResource(
    `lines ${requestId}`,
    async (signal) => {
      if (session.value?.lines === false) return undefined
      return await readJson<RequestStory>(`${pathOf(requestId)}/logs`, { as: 'story' }, signal)
    },
    isOpen ? 2 * openEveryMs : undefined,
  )
}

/** The lines of its jobs, read when the reader asks for them. */
function useJobLines(record: RequestDetail | undefined): readonly TimedLine[] | undefined {
  const isAsked = jobLinesShown.value && (record?.jobs?.length ?? 0) > 0
  const id = record?.requestId ?? ''
  const { data } = useResource(isAsked ? `job lines ${id}` : '', (signal) =>
    isAsked
      ? readJson<RequestStory>(`${pathOf(id)}/logs`, { as: 'story', jobs: true }, signal)
      : Promise.resolve(undefined),
  )
  return useMemo(
    () =>
      record === undefined || data === undefined
        ? undefined
        : timedLines(
            data.children.flatMap((child) => child.lines),
            record,
          ).map((one) => ({ ...one, isOfJob: true })),
    [record, data],
  )
}

interface JobsRead {
  readonly listed: RequestPage['items'] | undefined
  readonly running: LivePage['items'] | undefined
}

/** The runs of its jobs: those that ended, and those that are open. Read again until all have ended. */
function useJobs(record: RequestDetail | undefined): JobsRead {
  const hasJobs = (record?.jobs?.length ?? 0) > 0
  const parentId = record?.requestId ?? ''
  const read = useResource(hasJobs ? `jobs ${parentId}` : '', async (signal) => {
    if (!hasJobs) return undefined
    const [listed, running] = await Promise.all([
      readJson<RequestPage>('api/requests', { parentId, limit: 200 }, signal),
      readJson<LivePage>('api/live-requests', {}, signal),
    ])
    return { listed: listed.items, running: running.items.filter((one) => one.parentId === parentId) }
  })
  const isRunning = (read.data?.running.length ?? 0) > 0
  useEffect(() => {
    if (!isRunning) return
    const timer = setTimeout(read.reload, 2 * openEveryMs)
    return () => clearTimeout(timer)
  }, [isRunning, read.at])
  return { listed: read.data?.listed, running: read.data?.running }
}
