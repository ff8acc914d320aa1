import { aboutSpan } from '../context/active-span.js'
import { currentContext, runWith, runWithout } from '../context/storage.js'
import type { Level } from '../logging/levels.js'
import type { Logger } from '../logging/logger.js'
import { duration } from '../safe-values/duration.js'
import { roundedMs } from '../safe-values/rounded-ms.js'
import type { OpenCall } from './call.js'
import { PlainCalls } from './plain-call.js'

/** Writes the lines of finished calls to one logger. */
export class CallLines {
  readonly #logger: Logger
  #plain: { readonly calls: PlainCalls | undefined } | undefined

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Writes the line of a call in the context in which the call was made. */
  write(call: OpenCall): void {
    const level = levelOf(call)
    if (!this.#logger.isLevelEnabled(level)) return
    aboutSpan(call.span, () => this.#writeIn(call, level))
  }

  #writeIn(call: OpenCall, level: Level): void {
    const { context } = call
    // Entering a context takes half a microsecond, and most calls end in their own context.
    if (context === currentContext()) this.#write(call, level)
    else if (context === undefined) runWithout(() => this.#write(call, level))
    else runWith(context, () => this.#write(call, level))
  }

  #write(call: OpenCall, level: Level): void {
    const ms = (call.end ?? call.start) - call.start
    const durationMs = roundedMs(ms)
    if (level === 'info' && this.#plainCalls?.write(call, call.context, durationMs)) return
    const { method, host, route, status, errorCode, aborted, unfinished } = call
    const fields = { method, host, route, status, durationMs, errorCode, aborted, unfinished }
    this.#logger[level](fields, `${method} ${host}${route} ${status ?? 'failed'} ${duration(durationMs)}`)
  }

  // Made for the first line, because the logger may not be complete when the rules are made.
  get #plainCalls(): PlainCalls | undefined {
    this.#plain ??= { calls: PlainCalls.of(this.#logger) }
    return this.#plain.calls
  }
}

function levelOf({ status = 0, errorCode }: OpenCall): Level {
  if (errorCode !== undefined || status >= 500) return 'error'
  return status >= 400 ? 'warn' : 'info'
}
