import { type CallSum, OpenTime } from './open-time.js'

export type { CallSum } from './open-time.js'

/** A call to another service. Times are `performance.now()`, sizes are in bytes. Unknown members are absent. */
export interface Call {
  readonly method: string
  /** The host as lines show it, without the standard port of the scheme. */
  readonly host: string
  /** The path without its query, with `:id` in place of ids. */
  readonly route: string
  readonly start: number
  /** When the head of the response came. */
  firstByte: number | undefined
  /** When the whole response had come, or the call had failed. */
  end: number | undefined
  status: number | undefined
  errorCode: string | undefined
  /** True if the connection had carried another call before. */
  reused: boolean | undefined
  readBytes: number | undefined
  writtenBytes: number | undefined
}

const maxKept = 50
const maxHosts = 20

/**
 * The calls that a request or job made: the count of all calls, the first 50 calls, and the figures of the first 20
 * hosts.
 */
export class CallList {
  readonly kept: Call[] = []
  /** The number of calls that Spoor can only count: it knows neither their end nor their bytes. */
  unknown = 0
  readonly #all = new OpenTime()
  #readBytes = 0
  #writtenBytes = 0
  #bytesKnown = true
  readonly #byHost = new Map<string, OpenTime>()

  begin(call: Call): void {
    if (this.kept.length < maxKept) this.kept.push(call)
    this.#all.begin(call.start)
    this.#host(call.host)?.begin(call.start)
  }

  /** Ends a call. Call it once for each call, after its `end` is set. */
  end(call: Call): void {
    const end = call.end ?? call.start
    this.#all.end(end)
    this.#byHost.get(call.host)?.end(end)
    if (call.readBytes === undefined || call.writtenBytes === undefined) this.#bytesKnown = false
    this.#readBytes += call.readBytes ?? 0
    this.#writtenBytes += call.writtenBytes ?? 0
  }

  /** The sum of all calls. Open calls count until `now`. */
  sum(now: number): CallSum {
    return this.#all.sum(now)
  }

  /** The bytes of all finished calls, including headers; undefined if the bytes of any of them are unknown. */
  get bytes(): { readonly readBytes: number; readonly writtenBytes: number } | undefined {
    return this.#bytesKnown ? { readBytes: this.#readBytes, writtenBytes: this.#writtenBytes } : undefined
  }

  byHost(now: number): Record<string, CallSum> {
    return Object.fromEntries(Array.from(this.#byHost, ([host, time]) => [host, time.sum(now)]))
  }

  #host(host: string): OpenTime | undefined {
    const known = this.#byHost.get(host)
    if (known !== undefined || this.#byHost.size >= maxHosts) return known
    const time = new OpenTime()
    this.#byHost.set(host, time)
    return time
  }
}
