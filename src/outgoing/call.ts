import type { Socket } from 'node:net'
import { type SpanIds, spanOf } from '../context/active-span.js'
import type { WorkContext } from '../context/request-context.js'
import type { CapturedContext } from '../context/storage.js'
import type { Call } from '../work/calls.js'
import type { Listed, OpenList } from '../work/open-list.js'
import { enterConnection, leaveConnection } from './connections.js'
import type { Rule } from './rules.js'
import { routeOf, type Target } from './target.js'

/** The end of a call without a complete response. */
export interface CallEnd {
  /**
   * The reason of the failure: the code of the network (`ECONNRESET`), of the client (`UND_ERR_SOCKET`), or the error's
   * name.
   */
  errorCode?: string | undefined
  /** True if the caller did not read the rest of the response. */
  aborted?: true
  /** True if Spoor was closed before the call ended. */
  unfinished?: true
  /** True if the connection left HTTP: later bytes do not belong to the call. */
  upgraded?: true
}

/** Follows a call from its first event to its end. Each event may come late, twice or never. */
export class OpenCall implements Call, Listed<OpenCall> {
  readonly method: string
  readonly host: string
  readonly route: string
  /** Scheme, name and port, always with the port; empty if the port is unknown. */
  readonly origin: string
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
  /** The context that makes the call; undefined outside any request, or if the context is unknown. */
  readonly context: WorkContext | undefined
  readonly rule: Rule | undefined
  /** The span of OpenTelemetry that was active at the start. */
  readonly span: SpanIds | undefined
  /** `context`, for clients whose callbacks Spoor runs in it. */
  captured: CapturedContext | undefined = undefined
  /** Set by the list of open calls. */
  list: OpenList<OpenCall> | undefined = undefined
  earlier: OpenCall | undefined = undefined
  later: OpenCall | undefined = undefined
  readonly #onEnd: (call: OpenCall) => void
  #socket: Socket | undefined = undefined

  constructor(
    { method, origin, host, path }: Target,
    context: WorkContext | undefined,
    rule: Rule | undefined,
    onEnd: (call: OpenCall) => void,
  ) {
    this.method = method
    this.origin = origin
    this.host = host
    this.route = routeOf(path)
    this.context = context
    this.rule = rule
    this.span = spanOf(context)
    this.#onEnd = onEnd
  }

  /** Notes the connection of the call. */
  over(socket: Socket): void {
    if (this.end !== undefined) return
    // A client that tries again after a lost connection calls this twice.
    if (this.#socket !== undefined) leaveConnection(this.#socket)
    this.#socket = socket
    this.reused = enterConnection(socket)
  }

  /** Notes the head of the response. */
  answered(status: number): void {
    this.firstByte ??= performance.now()
    this.status = status
  }

  /** Ends the call. Later calls do nothing. */
  finish({ errorCode, aborted, unfinished, upgraded }: CallEnd = {}): void {
    if (this.end !== undefined) return
    this.end = performance.now()
    this.errorCode = errorCode
    this.aborted = aborted
    this.unfinished = unfinished
    // Without a connection, no byte was sent or received.
    const moved = this.#socket === undefined ? { readBytes: 0, writtenBytes: 0 } : leaveConnection(this.#socket)
    this.readBytes = upgraded ? undefined : moved?.readBytes
    this.writtenBytes = upgraded ? undefined : moved?.writtenBytes
    this.#socket = undefined
    this.context?.work.calls?.end(this)
    this.#onEnd(this)
  }
}

/**
 * The code of an error that ended a call, or the error's name. The error may be any value, such as the reason of an
 * abort.
 */
export function codeOf(error: unknown): string {
  // The code of a DOMException is a number (20 for an abort).
  return textOf(error, 'code') || textOf(error, 'name') || 'Error'
}

/** A member of any value, if the member is a string; empty if it is not, or cannot be read. */
export function textOf(value: unknown, name: 'code' | 'name' | 'message'): string {
  try {
    const text = (value as Record<string, unknown> | null | undefined)?.[name]
    return typeof text === 'string' ? text : ''
  } catch {
    return ''
  }
}
