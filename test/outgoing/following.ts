import { createSpoor, defineLogs, type Handler, type OutgoingOptions, type Spoor, type SpoorOptions } from 'spoor'
import type { WorkContext } from '../../src/context/request-context.js'
import type { CallList } from '../../src/work/calls.js'

/** One line of the logger `blog`. */
export interface CallLine {
  readonly level: string
  readonly requestId?: string
  readonly traceId?: string
  readonly account?: string
  readonly message: string
  readonly method: string
  readonly host: string
  readonly route: string
  readonly status?: number
  readonly durationMs: number
  readonly errorCode?: string
  readonly aborted?: true
  readonly unfinished?: true
}

/** A Spoor that follows calls, and the lines it left. */
export class Following {
  readonly spoor: Spoor
  readonly warnings: string[] = []
  readonly #lines: CallLine[] = []
  #told: (() => void) | undefined

  constructor(outgoing: readonly OutgoingOptions<'blog'>[], options: Partial<SpoorOptions<'blog'>> = {}) {
    const handler: Handler = {
      write: (lines) => {
        for (const text of lines.toString().split('\n').filter(Boolean)) this.#lines.push(JSON.parse(text))
        this.#told?.()
      },
      flush: async () => {},
      close: async () => {},
    }
    const logs = defineLogs({
      files: false,
      loggers: {
        blog: { console: false, format: 'json', flush: 'line', handlers: [handler] },
        requests: { console: false },
      },
    })
    Object.assign(logs.root, { warn: (message: string) => this.warnings.push(message) })
    this.spoor = createSpoor({ service: 'calls', logs, outgoing, ...options })
  }

  /** Runs `fn` as a request of `acme` would, and gives its calls. */
  async inRequest(requestId: string, fn: () => unknown): Promise<CallList | undefined> {
    let context: WorkContext | undefined
    await this.spoor.run({ requestId, account: 'acme' }, () => {
      context = this.spoor.context() as WorkContext
      return fn()
    })
    return context?.work.calls
  }

  /** The first `count` lines, as soon as they are there. */
  async lines(count: number): Promise<readonly CallLine[]> {
    while (this.#lines.length < count) {
      await new Promise<void>((resolve) => {
        this.#told = resolve
      })
    }
    return this.#lines
  }
}
