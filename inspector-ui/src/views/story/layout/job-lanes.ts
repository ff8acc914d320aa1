import { grouped } from '../../../format/numbers.js'
import { counted } from '../../../format/texts.js'
import { isTime } from './intervals.js'
import { heights, type Lane, type Mark } from './lane.js'
import type { JobSeen, StoryInput } from './story-input.js'
import { ms, named } from './words.js'

const maxJobs = 8

/** A lane for each job that the request queued: a ring where it was queued, and its run. */
export function jobLanes({ jobs, isOpened, storyOf, record }: StoryInput, axisEnd: number): Lane[] {
  const shown = isOpened || jobs.length <= maxJobs ? jobs : jobs.slice(0, maxJobs - 1)
  const lanes = shown.map((job, at) => jobLane(job, `job ${at}`, axisEnd, storyOf))
  const folded = jobs.slice(shown.length)
  const queued = Math.max(record.jobsQueued ?? 0, jobs.length)
  if (folded.length > 0) lanes.push(otherJobs(folded, queued - shown.length, axisEnd))
  return lanes
}

function jobLane(job: JobSeen, key: string, axisEnd: number, storyOf: (id: string) => string): Lane {
  const { id, name, count, queuedAtMs, durationMs } = job
  const words = wordsOf(job)
  return {
    key,
    name: `Job ${named(name, 40)}`,
    note: count > 1 ? `× ${grouped(count)}` : undefined,
    total: durationMs === undefined ? '–' : ms(durationMs),
    title: durationMs === undefined ? 'How long it ran is not known' : undefined,
    marks: marksOf(job, axisEnd),
    label: {
      text: `${words} ›`,
      short: `${job.outcome === 'unknown' ? 'queued' : job.outcome} ›`,
      beside: { from: queuedAtMs, to: job.beganMs === undefined ? queuedAtMs : endOf(job, axisEnd) },
      tone: job.outcome === 'failed' ? 'fail' : 'job',
      href: storyOf(id),
    },
  }
}

function wordsOf({ queuedAtMs, beganMs, durationMs, outcome, attempt, instance, count }: JobSeen): string {
  const queued = `queued at ${ms(queuedAtMs)}`
  const failed = outcome === 'failed' ? '◆ ' : ''
  if (count > 1) return `${queued}, ${grouped(count)} at once`
  if (outcome === 'unknown') return `${queued}, how it ended is not known`
  const began = beganMs === undefined ? '' : `, began ${ms(Math.max(0, beganMs - queuedAtMs))} later`
  const where = instance === undefined ? '' : ` on ${named(instance, 40)}`
  const ran = durationMs === undefined ? '' : `, ran ${ms(durationMs)}`
  const tries = attempt > 1 ? ` at attempt ${attempt}` : ''
  return `${failed}${queued}${began}${where}${ran}, ${outcome}${tries}`
}

function marksOf(job: JobSeen, axisEnd: number): Mark[] {
  const { queuedAtMs, beganMs } = job
  const marks: Mark[] = []
  if (!isTime(queuedAtMs)) return []
  if (!isTime(beganMs)) return [{ from: queuedAtMs, to: queuedAtMs, look: 'queued', height: heights.row }]
  marks.push({ from: queuedAtMs, to: Math.max(queuedAtMs, beganMs), look: 'queued', height: heights.row })
  marks.push({ from: Math.max(queuedAtMs, beganMs), to: endOf(job, axisEnd), look: 'job', height: heights.row })
  return marks
}

/** A job that runs has no end: it goes to the end of the axis. */
function endOf({ beganMs = 0, durationMs, queuedAtMs }: JobSeen, axisEnd: number): number {
  const began = Math.max(queuedAtMs, beganMs)
  return !isTime(durationMs) ? Math.max(began, axisEnd) : began + Math.max(0, durationMs)
}

function otherJobs(jobs: readonly JobSeen[], count: number, axisEnd: number): Lane {
  return {
    key: 'other jobs',
    name: counted(count, 'other job'),
    total: '',
    marks: jobs.flatMap((job) => marksOf(job, axisEnd)),
    isFolded: true,
  }
}
