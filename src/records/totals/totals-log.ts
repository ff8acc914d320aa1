import { runDetached } from '../../context/storage.js'
import { type Logger, sanitizerOf } from '../../logging/logger.js'
import type { Minute } from './minute.js'
import type { Totals } from './totals.js'

/** The members that say who wrote a line of totals. */
export interface TotalsWriter {
  readonly service: string
  readonly version: string | undefined
  readonly pid: number
  /** Host and pid. */
  readonly instance: string
}

// The bounds of a line's fields (safe-values/safe-value.ts), with room for the other members.
const maxValues = 4_000
const maxItems = 150
// Dialects write more than JSON, and names may need escapes.
const shareOfLine = 0.6
/** After the end of a minute, because timers may be a little early. */
const afterMs = 20

/** Writes the totals of each minute to the logger `requests`, unless nothing was counted in it. */
export class TotalsLog {
  readonly #totals: Totals
  readonly #requests: Logger
  readonly #of: TotalsWriter
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(totals: Totals, requests: Logger, of: TotalsWriter) {
    this.#totals = totals
    this.#requests = requests
    this.#of = of
    totals.onMinute = () => this.#schedule()
  }

  /** Ends the lines. Later requests are counted, and get no line. @param writes true to write the open minute first */
  close(writes = true): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#timer)
    if (writes) this.#write(true)
  }

  // The timer runs only while there is something to write: an idle process has none.
  #schedule(): void {
    if (this.#timer !== undefined || this.#isClosed) return
    this.#timer = runDetached(() => setTimeout(() => this.#tick(), this.#totals.minuteLeftMs + afterMs))
    this.#timer.unref()
  }

  #tick(): void {
    this.#timer = undefined
    this.#write(false)
    // A request of the next minute may have ended already.
    if (this.#totals.isCounting) this.#schedule()
  }

  #write(isLast: boolean): void {
    const maxBytes = sanitizerOf(this.#requests).bounds.characters * shareOfLine
    for (const minute of this.#totals.takeMinutes(isLast)) {
      for (const fields of linesOf(minute, this.#of, maxBytes)) {
        // Totals belong to no request and no account.
        runDetached(() => this.#requests.info(fields, messageOf(minute)))
      }
    }
  }
}

function messageOf({ accounts }: Minute): string {
  return `totals of ${accounts.length} ${accounts.length === 1 ? 'account' : 'accounts'}`
}

/** The fields of the lines of one minute: one, or several parts. */
function linesOf(minute: Minute, of: TotalsWriter, maxBytes: number): object[] {
  const head = { kind: 'totals', from: isoTime(minute.from), to: isoTime(minute.to) }
  const lists = { accounts: minute.accounts, routes: minute.routes }
  const parts = partsOf(lists, maxBytes - Buffer.byteLength(JSON.stringify({ ...head, ...of, thread: minute.thread })))
  return parts.map((part, at) => ({
    ...head,
    ...(parts.length === 1 ? {} : { part: at + 1 }),
    ...of,
    ...(at === 0 && minute.thread !== undefined ? { thread: minute.thread } : {}),
    ...part,
  }))
}

type Lists = Readonly<Record<'accounts' | 'routes', readonly object[]>>

/** Divides the lists among as many parts as the bounds of a line demand. */
function partsOf(lists: Lists, maxBytes: number): Lists[] {
  const parts = [{ accounts: [] as object[], routes: [] as object[] }]
  let [bytes, values, items] = [0, 0, 0]
  for (const name of ['accounts', 'routes'] as const) {
    for (const item of lists[name]) {
      const text = JSON.stringify(item)
      const [itsBytes, itsValues] = [Buffer.byteLength(text) + 1, valuesOf(text)]
      if (items > 0 && (bytes + itsBytes > maxBytes || values + itsValues > maxValues || items === maxItems)) {
        parts.push({ accounts: [], routes: [] })
        bytes = values = items = 0
      }
      parts.at(-1)?.[name].push(item)
      bytes += itsBytes
      values += itsValues
      items++
    }
  }
  return parts
}

/** At most how many values a JSON text has: each but the first follows a comma, a colon, or the start of a list. */
function valuesOf(json: string): number {
  let values = 1
  for (const character of json) if (character === ',' || character === ':' || character === '[') values++
  return values
}

function isoTime(time: number): string {
  return new Date(time).toISOString()
}
