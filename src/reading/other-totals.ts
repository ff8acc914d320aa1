import type { SharedStretch, StretchHead } from '../records/shared-store.js'
import type { RestoredMinute } from '../records/totals/restored-minute.js'
import type { StretchKind } from '../records/totals/stretches.js'
import { Totals } from '../records/totals/totals.js'
import type { TotalsQuery, TotalsReading } from '../records/totals/totals-types.js'
import { minuteInJson } from './totals-lines.js'

/** The minutes of an hour and the quarters of a day, and as many again. */
const maxAdded = 320

/** An open stretch, with its totals. */
interface Open {
  readonly start: number
  readonly totals: Totals
}

/** The totals of another process, from what it put into the store. */
export class OtherTotals {
  readonly instance: string
  #over: Totals | undefined
  readonly #added = new Set<string>()
  readonly #open = new Map<StretchKind, Open>()

  constructor(instance: string) {
    this.instance = instance
  }

  /** True for a stretch that was added and does not change any more. */
  has({ kind, start, isOver }: StretchHead): boolean {
    return isOver && this.#added.has(nameOf(kind, start))
  }

  /** Adds a stretch. An open one replaces the open one before it. Lines that are no totals are skipped. */
  add({ kind, start, isOver, agoMs, lines }: SharedStretch): void {
    const now = Date.now()
    const minutes = lines.flatMap((line) => placedMinute(line, now - agoMs, now) ?? [])
    const open = this.#open.get(kind)
    if (isOver) {
      this.#over ??= totalsOf(minutes)
      for (const minute of minutes) this.#over.addStretch(kind, minute)
      this.#remember(nameOf(kind, start))
      if (open?.start === start) this.#open.delete(kind)
    } else if (open === undefined || open.start <= start) {
      const totals = totalsOf(minutes)
      for (const minute of minutes) totals.addStretch(kind, minute)
      this.#open.set(kind, { start, totals })
    }
  }

  /** True while nothing was added. */
  get isEmpty(): boolean {
    return this.#over === undefined && this.#open.size === 0
  }

  readings(query: TotalsQuery): TotalsReading[] {
    const open = [...this.#open.values()].map(({ totals }) => totals)
    return [...(this.#over === undefined ? [] : [this.#over]), ...open].map((totals) => totals.read(query))
  }

  #remember(name: string): void {
    this.#added.add(name)
    const [first] = this.#added
    if (this.#added.size > maxAdded && first !== undefined) this.#added.delete(first)
  }
}

function nameOf(kind: StretchKind, start: number): string {
  return `${kind} ${start}`
}

function totalsOf(minutes: readonly RestoredMinute[]): Totals {
  // The mode of a process does not change.
  return new Totals(minutes.some(({ isExact }) => isExact) ? { books: () => undefined } : {})
}

/** The totals of a line, which began at `from` by the clock of this machine. */
function placedMinute(line: string, from: number, now: number): RestoredMinute | undefined {
  const minute = minuteInJson(line)
  return minute && { ...minute, from: Math.min(from, now - 1), to: Math.min(from + minute.to - minute.from, now) }
}
