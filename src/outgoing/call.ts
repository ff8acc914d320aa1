import type { Socket } from 'node:net'
import type { WorkContext } from '../context/request-context.js'
import type { Call } from '../work/calls.js'
import { enterConnection, leaveConnection } from './connections.js'
import type { Rule } from './rules.js'
import { routeOf, type Target } from './target.js'

/** How a call ended that was not answered to its end. */
export interface CallEnd {
  /** Why it failed: the network's code (`ECONNRESET`), the client's (`UND_ERR_SOCKET`), or the error's name. */
  errorCode?: string | undefined
  /** The caller did not want the rest of the answer. */
  aborted?: true
  /** Spoor was closed before the call ended. */
  unfinished?: true
  /** Its connection left HTTP: later bytes do not belong to the call. */
  upgraded?: true
}

/** A call from its first sign to its end; each sign may come late, twice or not at all. */
export class OpenCall implements Call {
  readonly method: string
  readonly host: string
  readonly route: string
  readonly start: number = performance.now()
  firstByte: number | undefined = undefined
  end: number | undefined = undefined
  status: number | undefined = undefined
  errorCode: string | undefined = undefined
  aborted: true | undefined = undefined
  unfinished: true | undefined = undefined
  reused: boolean | undefined = undefined
  readBytes: number | undefined = undefined
  writtenBytes: number | undefined = undefined
  /** The context that makes the call; undefined outside any request, and if it is unknown. */
  readonly context: WorkContext | undefined
  readonly rule: Rule | undefined
  readonly #onEnd: (call: OpenCall) => void
  #socket: Socket | undefined = undefined

  constructor(
    { method, host, path }: Target,
    context: WorkContext | undefined,
    rule: Rule | undefined,
    onEnd: (call: OpenCall) => void,
  ) {
    this.method = method
    this.host = host
    this.route = routeOf(path)
    this.context = context
    this.rule = rule
    this.#onEnd = onEnd
  }

  /** It goes over this connection. */
  over(socket: Socket): void {
    if (this.end !== undefined) return
    // A client that tries again after a connection was lost comes here twice.
    if (this.#socket !== undefined) leaveConnection(this.#socket)
    this.#socket = socket
    this.reused = enterConnection(socket)
  }

  /** The head of its answer came. */
  answered(status: number): void {
    this.firstByte ??= performance.now()
    this.status = status
  }

  /** It is over. Only the first time counts. */
  finish({ errorCode, aborted, unfinished, upgraded }: CallEnd = {}): void {
    if (this.end !== undefined) return
    this.end = performance.now()
    this.errorCode = errorCode
    this.aborted = aborted
    this.unfinished = unfinished
    // Without a connection nothing was moved.
    const moved = this.#socket === undefined ? { readBytes: 0, writtenBytes: 0 } : leaveConnection(this.#socket)
    this.readBytes = upgraded ? undefined : moved?.readBytes
    this.writtenBytes = upgraded ? undefined : moved?.writtenBytes
    this.#socket = undefined
    this.context?.work.calls?.end(this)
    this.#onEnd(this)
  }
}

/** The code of an error that ended a call, else its name. The error may be any value, such as the reason of an abort. */
export function codeOf(error: unknown): string {
  // A DOMException has a number for a code (20 for an abort).
  return textOf(error, 'code') || textOf(error, 'name') || 'Error'
}

/** A member of what may be anything, if it is a text; what cannot be read is empty. */
export function textOf(value: unknown, name: 'code' | 'name' | 'message'): string {
  try {
    const text = (value as Record<string, unknown> | null | undefined)?.[name]
    return typeof text === 'string' ? text : ''
  } catch {
    return ''
  }
}
