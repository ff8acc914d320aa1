import type { Socket } from 'node:net'
import type { Call } from '../context/call-list.js'
import type { WorkContext } from '../context/request-context.js'
import { enterConnection, leaveConnection } from './connections.js'
import type { Rule } from './rules.js'
import { routeOf, type Target } from './target.js'

/** How a call ended that was not answered to its end. */
export interface CallEnd {
  /** Why it failed: the network's code (`ECONNRESET`), the client's (`UND_ERR_SOCKET`), or the error's name. */
  errorCode?: string | undefined
  /** Who called did not want the rest of the answer. */
  aborted?: true
  /** Nobody listens any more: Spoor was closed before it. */
  unfinished?: true
  /** Its connection left HTTP: what it moves from then on is not the call's. */
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
  /** For whom it is made; undefined outside any request, and where that cannot be told. */
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

  /** The head of its answer came; informational ones come before it. */
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
    const moved = this.#socket && leaveConnection(this.#socket)
    this.readBytes = upgraded ? undefined : moved?.readBytes
    this.writtenBytes = upgraded ? undefined : moved?.writtenBytes
    this.#socket = undefined
    this.context?.work.calls?.end(this)
    this.#onEnd(this)
  }
}

/** What is told of an error that ended a call: its code, else its name. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'Error'
  const { code, name } = error as { code?: unknown; name?: unknown }
  // A DOMException has a number for a code (20 for an abort).
  if (typeof code === 'string' && code !== '') return code
  return typeof name === 'string' && name !== '' ? name : 'Error'
}
