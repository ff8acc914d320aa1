import type { WorkContext } from '../context/request-context.js'
import { runWith } from '../context/storage.js'
import type { Logger } from '../logging/logger.js'
import type { LateLineListener } from '../work/work.js'
import { lateLineMs } from './late-line-ms.js'

/**
 * Says in `requests` that lines of a request or job follow far behind its request line, which does not count them. Says it
 * once, before the first such line. Without that a search would take the count of the request line for the whole.
 */
export class LateLines implements LateLineListener {
  readonly #context: WorkContext
  readonly #requests: Logger
  readonly #linesBefore: number
  readonly #ended = Date.now()
  #isSaid = false

  constructor(context: WorkContext, requests: Logger) {
    this.#context = context
    this.#requests = requests
    this.#linesBefore = context.work.lines
  }

  wrote(time: number): void {
    // A line is also far away if the clock was set back.
    if (this.#isSaid || Math.abs(time - this.#ended) <= lateLineMs) return
    this.#isSaid = true
    const { id, kind, work } = this.#context
    const late = { lines: work.lines - this.#linesBefore }
    runWith(this.#context, () => this.#requests.info({ kind: 'late', id, of: kind, late }, 'lines after the end'))
  }
}
