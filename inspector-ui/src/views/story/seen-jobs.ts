import type { ListedRequest, LiveRequest, RequestDetail, RequestStory } from '../../protocol.js'
import type { JobSeen } from './layout/story-input.js'

/** Where the outcomes of jobs come from; each may be missing. */
export interface JobSources {
  readonly listed?: readonly ListedRequest[] | undefined
  readonly live?: readonly LiveRequest[] | undefined
  readonly story?: RequestStory | undefined
}

type Run = Pick<
  ListedRequest,
  'requestId' | 'startedAt' | 'durationMs' | 'attempt' | 'willRetry' | 'instance' | 'error' | 'name'
>

/** The jobs that a request queued, each with its last attempt. */
export function seenJobs(record: RequestDetail, { listed = [], live = [], story }: JobSources): readonly JobSeen[] {
  const start = Date.parse(record.startedAt)
  const last = new Map<string, Run>()
  const fromLines = (story?.children ?? []).flatMap((child) => (child.record === undefined ? [] : [child.record]))
  for (const run of [...fromLines, ...listed]) {
    const before = last.get(run.requestId)
    if (before === undefined || (run.attempt ?? 1) >= (before.attempt ?? 1)) last.set(run.requestId, run)
  }
  return (record.jobs ?? []).map(({ id, name, count = 1, queuedAtMs }) => {
    const run = last.get(id)
    const open = live.find((one) => one.requestId === id)
    const known = { id, name: name ?? run?.name ?? 'without a name', count, queuedAtMs }
    if (open !== undefined)
      return {
        ...known,
        outcome: 'runs' as const,
        attempt: (run?.attempt ?? 0) + 1,
        ...began(open.startedAt, start),
        instance: open.instance,
      }
    if (run === undefined) return { ...known, outcome: 'unknown' as const, attempt: 1 }
    return {
      ...known,
      outcome: outcomeOf(run),
      attempt: run.attempt ?? 1,
      ...began(run.startedAt, start),
      durationMs: run.durationMs,
      instance: run.instance === record.instance ? undefined : run.instance,
    }
  })
}

function outcomeOf({ error, willRetry }: Run): JobSeen['outcome'] {
  if (error === undefined) return 'succeeded'
  return willRetry === true ? 'will be tried again' : 'failed'
}

/** Clocks of two machines differ: a job begins when it was queued, or later. */
function began(startedAt: string, start: number): { readonly beganMs?: number } {
  const beganMs = Date.parse(startedAt) - start
  return Number.isFinite(beganMs) ? { beganMs } : {}
}
