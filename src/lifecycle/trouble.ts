import { onUnknownContext } from '../context/known-context.js'
import { namedWork } from '../context/named-work.js'
import { runWithout } from '../context/storage.js'
import type { Exchange } from '../http/exchange.js'
import type { WarnOnce } from '../logging/warn-once.js'

/** Counts what Spoor could not follow, and warns of it once. */
export class Trouble {
  readonly #warnOnce: WarnOnce['warn']
  readonly #safePath: (path: string) => string
  #contextsLost = 0
  #contextsUnknown = 0
  #guarded = 0

  constructor(warnOnce: WarnOnce['warn'], safePath: (path: string) => string) {
    this.#warnOnce = warnOnce
    this.#safePath = safePath
  }

  /** How many requests lost their context. */
  get contextsLost(): number {
    return this.#contextsLost
  }

  /** How many lines have `contextUnknown`, because their code ran in the context of another request. */
  get contextsUnknown(): number {
    return this.#contextsUnknown
  }

  /** How often Spoor skipped a step because the service had changed its request or response. */
  get guarded(): number {
    return this.#guarded
  }

  /** Notes that a step of Spoor failed. The request goes on without that step. */
  broke(error: unknown): void {
    this.#guarded++
    const why = error instanceof Error ? error.message : typeof error
    this.#warnOnce(
      'guarded',
      `a request or response was changed so that Spoor could not follow it (${why.slice(0, 200)}); ` +
        'look for code that freezes, deletes or replaces members of req or res',
    )
  }

  /** Counts lines without a known context, and reports the first place where code was in the context of another request. */
  watchUnknown(): () => void {
    return onUnknownContext({
      wrote: () => this.#contextsUnknown++,
      found: (ended) => {
        const { kind, route } = namedWork(ended)
        const place = new Error('the context of another request')
        place.name = 'ContextUnknown'
        const message =
          `code ran in the context of ${route ?? `a ${kind}`}, which had ended, and Spoor cannot tell for which request: ` +
          'its lines have contextUnknown; pass the callback through spoor.bind where it is handed over (docs/context.md)'
        runWithout(() => this.#warnOnce('context unknown', message, place))
      },
    })
  }

  /** Notes that the response of a request was written outside its context. */
  lostContext({ request, route }: Exchange): void {
    this.#contextsLost++
    this.#warnOnce(
      `context lost ${request.method} ${route?.() ?? ''}`,
      `the request context was lost in ${request.method} ${route?.() ?? this.#safePath(request.path)}: its response was written outside it; ` +
        'wrap the callback that came from a pool or another request with spoor.bind (docs/context.md)',
    )
  }
}
