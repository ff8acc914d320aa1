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
import { liveRequest } from './live.js'

/** What attempts are made of, and requests too. */
export interface JobParts {
  readonly warnings: Logger
  /** What jobs and requests do that no trace came with. */
  readonly trace: 'own' | undefined
  /** Measures them; undefined where nobody is measured. */
  readonly tracking: Tracking | undefined
}

/** What happens to an attempt at a job: `run` → `amend`, where a queue says more only then → its line. */
export class Jobs {
  readonly #parts: JobParts
  readonly #log: RequestLog
  readonly #open = new Map<WorkContext, Start>()

  constructor(parts: JobParts, log: RequestLog) {
    this.#parts = parts
    this.#log = log
  }

  /**
   * Runs one attempt at a job as the child of the request that queued it, and leaves its line.
   *
   * @param carried what `carry` gave, back from the queue; what cannot be is refused: the job runs without an account
   * @param attempt may be filled in until it ends
   */
  run<T>(carried: unknown, attempt: Attempt, fn: () => T): T {
    const { tracking, trace, warnings } = this.#parts
    const { context, refused } = childContext(carried, own(attempt, 'name'), trace)
    const start = startNow()
    tracking?.begin(context)
    this.#open.set(context, start)
    return runWith(context, () => {
      if (refused)
        warnings.warn('runChild: what was carried is not what carry gave; running without parent and account')
      return settle(fn, (error) => this.#finish(context, start, attempt, error))
    })
  }

  /** Says what is known of a job only when it is about to run, before anything was done in its context. */
  amend(context: WorkContext, known: JobDetails): void {
    amendJob(context, known)
    if (known.isFresh) this.#parts.tracking?.detach(context)
  }

  /** Those that run now. */
  *live(): Iterable<LiveRequest> {
    for (const [context, start] of this.#open)
      yield liveRequest({ context, ...start, cpuMs: this.#parts.tracking?.cpuMs(context) })
  }

  #finish(context: WorkContext, start: Start, attempt: Attempt, error: unknown): void {
    const { name } = context
    this.#open.delete(context)
    const tracked = this.#parts.tracking?.end(context, (late) => this.#log.writeLate(context, name ?? 'job', late))
    const own = { name, ...figuresOf(attempt, error !== undefined), tracked, error }
    this.#log.write(context, start, error === undefined ? undefined : 500, own)
  }
}
