import { noteSpan } from '../context/active-span.js'
import { amendJob, childContext, type JobDetails } from '../context/carrier.js'
import type { WorkContext } from '../context/request-context.js'
import { runWith } from '../context/storage.js'
import type { Logger } from '../logging/logger.js'
import { settle } from '../process/settle.js'
import type { LiveRequest } from '../reading/reading.js'
import { type Attempt, figuresOf } from '../records/attempt.js'
import type { RequestLog } from '../records/request-log.js'
import { type Start, startNow } from '../records/request-record.js'
import { own } from '../safe-values/own-member.js'
import type { Tracking } from '../tracking/tracking.js'
import { type Listed, OpenList } from '../work/open-list.js'
import { liveRequest } from './live.js'

/** The parts that jobs need. */
export interface JobParts {
  readonly warnings: Logger
  /** `own` if a job that came without a trace starts one. */
  readonly trace: 'own' | undefined
  /** Undefined when nothing is measured. */
  readonly tracking: Tracking | undefined
}

/** One attempt at a job, from `begin` to `end`. @see OpenJob */
export interface BegunJob {
  readonly context: WorkContext
  /** Runs `fn`, and everything that `fn` starts, in the job's context. Does not end the job. */
  run<T>(fn: () => T): T
  /** Completes the job's context, before any code ran in it. */
  update(details: JobDetails): void
  /** Ends the attempt and writes its line. Later calls do nothing. @param error the reason why the attempt failed */
  end(error?: unknown): void
}

interface Open extends Listed<Open> {
  readonly context: WorkContext
  readonly start: Start
}

/** Takes each attempt at a job through its life: `begin` → `run` → `end`. */
export class Jobs {
  readonly #parts: JobParts
  readonly #log: RequestLog
  readonly #open = new OpenList<Open>()

  constructor(parts: JobParts, log: RequestLog) {
    this.#parts = parts
    this.#log = log
  }

  /**
   * Begins one attempt at a job, as the child of the request that queued it.
   *
   * @param carried what `carry` returned, back from the queue; anything else is refused with a warning, and the job has no
   * account
   * @param attempt may be completed until the attempt ends
   */
  begin(carried: unknown, attempt: Attempt): BegunJob {
    const { tracking, trace, warnings } = this.#parts
    const { context, refused } = childContext(carried, own(attempt, 'name'), trace)
    const start = startNow()
    noteSpan(context)
    tracking?.begin(context)
    const open: Open = { context, start, list: undefined, earlier: undefined, later: undefined }
    this.#open.add(open)
    const run = <T>(fn: () => T): T => runWith(context, fn)
    if (refused) {
      const got = typeof carried === 'string' ? ': got a string; JSON.parse it' : ''
      run(() => {
        warnings.warn(`runChild: what was carried is not what carry gave${got}; running without parent and account`)
      })
    }
    return {
      context,
      run,
      update: (details) => {
        amendJob(context, details)
        if (details.isFresh) tracking?.detach(context)
      },
      end: (error) => run(() => this.#finish(open, attempt, error)),
    }
  }

  /** Runs `fn` as one attempt, which ends when `fn` returns or the promise of `fn` settles. */
  run<T>(carried: unknown, attempt: Attempt, fn: () => T): T {
    const job = this.begin(carried, attempt)
    return job.run(() => settle(fn, job.end))
  }

  /** The number of open attempts. */
  get inFlight(): number {
    return this.#open.size
  }

  /** The attempts that are open now. */
  *live(): Iterable<LiveRequest> {
    for (const { context, start } of this.#open)
      yield liveRequest({ context, ...start, cpuMs: this.#parts.tracking?.cpuMs(context) })
  }

  #finish(open: Open, attempt: Attempt, error: unknown): void {
    if (!this.#open.delete(open)) return
    const { context, start } = open
    const { name } = context
    const tracked = this.#parts.tracking?.end(context, (late) => this.#log.writeLate(context, name ?? 'job', late))
    const own = { name, ...figuresOf(attempt, error !== undefined), tracked, error }
    this.#log.write(context, start, error === undefined ? undefined : 500, own)
  }
}
