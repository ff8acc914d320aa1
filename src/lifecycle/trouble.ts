import type { Exchange } from '../http/exchange.js'

/** Counts what Spoor could not follow, and warns of it once. */
export class Trouble {
  readonly #warnOnce: (about: string, message: string) => void
  readonly #safePath: (path: string) => string
  #contextsLost = 0
  #guarded = 0

  constructor(warnOnce: (about: string, message: string) => void, safePath: (path: string) => string) {
    this.#warnOnce = warnOnce
    this.#safePath = safePath
  }

  /** How many requests lost their context. */
  get contextsLost(): number {
    return this.#contextsLost
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
