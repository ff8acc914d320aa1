import { closeSync, openSync, readSync } from 'node:fs'

/**
 * The resources that the whole process used while a request was open, for all requests together. For comparison only.
 */
export interface ProcessFigures {
  /** Absent, as all members here, for a request that ended before the next reading. */
  readonly cpuMs?: number | undefined
  readonly heapDeltaBytes?: number | undefined
  readonly rssDeltaBytes?: number | undefined
  readonly readBytes?: number | undefined
  readonly writtenBytes?: number | undefined
  /** The number of measured requests and jobs at its end, including itself. */
  readonly inFlight: number
}

interface Reading {
  readonly tick: number
  readonly cpuMs: number | undefined
  readonly heapBytes: number | undefined
  readonly slow: SlowReading
}

/** The figures whose reading takes 20 to 40 µs. */
interface SlowReading {
  readonly tick: number
  readonly rssBytes: number | undefined
  readonly disk: { readonly readBytes: number; readonly writtenBytes: number } | undefined
}

// If every request is measured and there are thousands per second, one reading serves several of them: process.cpuUsage
// took a sixth of all CPU (Node 24).
const everyMs = 2
const slowEveryMs = 10

/** Reads the figures of the process at most every 2 ms, and those that are slow to read at most every 10 ms. */
export class ProcessReader {
  readonly #io: number | undefined = openIo()
  readonly #buffer = Buffer.alloc(512)
  // `file-bytes.ts` may wrap this function later; these reads must count for no request.
  readonly #readSync = readSync
  readonly #heapStatistics = process.getBuiltinModule('node:v8').getHeapStatistics
  #last: Reading | undefined
  #slow: SlowReading | undefined

  /** The last reading, if it is recent enough to serve once more. */
  recent(): object | undefined {
    return this.#last !== undefined && performance.now() - this.#last.tick < everyMs ? this.#last : undefined
  }

  read(): object {
    const recent = this.recent()
    if (recent !== undefined) return recent
    const tick = performance.now()
    const heapBytes = figure(() => this.#heapStatistics().used_heap_size)
    this.#last = { tick, cpuMs: figure(cpuMs), heapBytes, slow: this.#readSlow(tick) }
    return this.#last
  }

  /** The resources used since `before`, an earlier reading of this reader. */
  since(before: object, inFlight: number): ProcessFigures {
    const [then, now] = [before as Reading, this.read() as Reading]
    if (now === then) return { inFlight }
    const seenAgain = now.slow !== then.slow
    const disk = seenAgain && now.slow.disk && then.slow.disk
    const usedMs = difference(now.cpuMs, then.cpuMs)
    return {
      cpuMs: usedMs && Math.round(usedMs * 100) / 100,
      heapDeltaBytes: difference(now.heapBytes, then.heapBytes),
      rssDeltaBytes: seenAgain ? difference(now.slow.rssBytes, then.slow.rssBytes) : undefined,
      readBytes: disk ? now.slow.disk.readBytes - disk.readBytes : undefined,
      writtenBytes: disk ? now.slow.disk.writtenBytes - disk.writtenBytes : undefined,
      inFlight,
    }
  }

  close(): void {
    if (this.#io !== undefined) closeSync(this.#io)
  }

  #readSlow(tick: number): SlowReading {
    if (this.#slow !== undefined && tick - this.#slow.tick < slowEveryMs) return this.#slow
    this.#slow = { tick, rssBytes: figure(process.memoryUsage?.rss), disk: this.#readDisk() }
    return this.#slow
  }

  /** `rchar` and `wchar`: the bytes of all reads and writes, including sockets and pipes (proc(5)). */
  #readDisk(): SlowReading['disk'] {
    if (this.#io === undefined) return undefined
    try {
      const text = this.#buffer.toString('latin1', 0, this.#readSync(this.#io, this.#buffer, 0, this.#buffer.length, 0))
      const of = (name: string): number => Number(text.match(new RegExp(`^${name}: (\\d+)`, 'm'))?.[1])
      const [readBytes, writtenBytes] = [of('rchar'), of('wchar')]
      // Systems that imitate Linux (gVisor) may have other names.
      return Number.isNaN(readBytes + writtenBytes) ? undefined : { readBytes, writtenBytes }
    } catch {
      return undefined
    }
  }
}

/**
 * A figure of the runtime. Undefined if the runtime does not have it or throws: Node reads some figures from /proc on
 * Linux.
 */
export function figure(read: (() => number) | undefined): number | undefined {
  try {
    const value = read?.()
    return Number.isFinite(value) ? value : undefined
  } catch {
    return undefined
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e3
}

function difference(now: number | undefined, then: number | undefined): number | undefined {
  return now === undefined || then === undefined ? undefined : now - then
}

function openIo(): number | undefined {
  try {
    return openSync('/proc/self/io', 'r')
  } catch {
    return undefined
  }
}
