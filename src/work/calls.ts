/** A call to another service. Times are `performance.now()`, sizes in bytes; what is not known is absent. */
export interface Call {
  readonly method: string
  /** As asked for, without the scheme's own port. */
  readonly host: string
  /** The path without its query, ids folded to `:id`. */
  readonly route: string
  readonly start: number
  /** When the head of the answer came. */
  firstByte: number | undefined
  /** When all of the answer had come, or the call failed. */
  end: number | undefined
  status: number | undefined
  errorCode: string | undefined
  /** It went over a connection that had served another call. */
  reused: boolean | undefined
  readBytes: number | undefined
  writtenBytes: number | undefined
}

/** Calls, and for how many ms at least one of them was open. */
export interface CallSum {
  readonly calls: number
  readonly ms: number
}

const maxKept = 50
const maxHosts = 20

/** The calls a request or job made: all of them counted, the first 50 kept, the first 20 hosts told apart. */
export class CallList {
  readonly kept: Call[] = []
  /** Begun, but of a kind that tells nothing more: neither when it ended nor what it moved. */
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

  /** Call it once for each call, when its `end` is known. */
  end(call: Call): void {
    const end = call.end ?? call.start
    this.#all.end(end)
    this.#byHost.get(call.host)?.end(end)
    if (call.readBytes === undefined || call.writtenBytes === undefined) this.#bytesKnown = false
    this.#readBytes += call.readBytes ?? 0
    this.#writtenBytes += call.writtenBytes ?? 0
  }

  /** All calls; those that are open still count until `now`. */
  sum(now: number): CallSum {
    return this.#all.sum(now)
  }

  /** What the calls that are over moved, headers included; undefined if that is not known of all of them. */
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

/** How long at least one of several things was open: the length of the union of their intervals. */
class OpenTime {
  #begun = 0
  #open = 0
  #since = 0
  #ms = 0

  begin(at: number): void {
    this.#begun++
    if (this.#open++ === 0) this.#since = at
  }

  end(at: number): void {
    if (--this.#open === 0) this.#ms += at - this.#since
  }

  sum(now: number): CallSum {
    return { calls: this.#begun, ms: this.#open > 0 ? this.#ms + now - this.#since : this.#ms }
  }
}
