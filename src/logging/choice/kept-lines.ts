import type { SpanIds } from '../../context/active-span.js'
import type { WorkContext } from '../../context/request-context.js'
import { EncodedEntry } from '../encoded-entry.js'
import type { Entry } from '../entry.js'
import type { LoggerCore } from '../line.js'

/** A line that is written only if its request turns out to matter. */
export interface KeptLine {
  readonly core: LoggerCore
  readonly isOnConsole: boolean
  /** The request or job, or a scope inside it. */
  readonly context: WorkContext
  readonly entry: Entry
  /** The span that was active when the line was logged. */
  readonly span: SpanIds | undefined
}

/** The bytes that the kept lines of all open requests take. */
export interface KeptBytes {
  now: number
}

// About: an entry is an object with a text.
const bytesOfLine = 200
const maxBytesOfRequest = 2 ** 18
const maxBytesOfAll = 2 ** 24

/** The last lines of one request, in a ring. */
export class KeptLines {
  readonly #max: number
  readonly #all: KeptBytes
  #lines: KeptLine[] = []
  /** Where the oldest is, once the ring is full. */
  #first = 0
  #bytes = 0
  #leftOut = 0

  constructor(max: number, all: KeptBytes) {
    this.#max = max
    this.#all = all
  }

  /** Keeps a line in place of the oldest, or leaves it out where it takes too much memory. */
  add(line: KeptLine): void {
    const replaced = this.#lines.length < this.#max ? undefined : this.#lines[this.#first]
    const more = bytesOf(line) - (replaced === undefined ? 0 : bytesOf(replaced))
    if (replaced !== undefined) this.#leftOut++
    if (more > 0 && (this.#bytes + more > maxBytesOfRequest || this.#all.now + more > maxBytesOfAll)) {
      if (replaced === undefined) this.#leftOut++
      return
    }
    this.#bytes += more
    this.#all.now += more
    if (replaced === undefined) this.#lines.push(line)
    else {
      this.#lines[this.#first] = line
      this.#first = (this.#first + 1) % this.#max
    }
  }

  /** Takes all lines out, oldest first. */
  take(): { readonly lines: readonly KeptLine[]; readonly leftOut: number } {
    const lines = [...this.#lines.slice(this.#first), ...this.#lines.slice(0, this.#first)]
    this.#all.now -= this.#bytes
    const leftOut = this.#leftOut
    this.#lines = []
    this.#first = this.#bytes = this.#leftOut = 0
    return { lines, leftOut }
  }
}

function bytesOf({ entry }: KeptLine): number {
  const fields = entry instanceof EncodedEntry ? entry.encodedFields.length : sizeOf(entry.fields)
  return bytesOfLine + entry.message.length + fields
}

const sizes = new WeakMap<object, number>()

function sizeOf(fields: Entry['fields']): number {
  const size = sizes.get(fields) ?? JSON.stringify(fields).length
  sizes.set(fields, size)
  return size
}
