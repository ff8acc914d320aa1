import type { SharedStretch, StretchHead } from '../records/shared-store.js'
import type { RestoredMinute } from '../records/totals/restored-minute.js'
import type { StretchKind } from '../records/totals/stretches.js'
import { Totals } from '../records/totals/totals.js'
import type { TotalsQuery, TotalsReading } from '../records/totals/totals-types.js'
import { minuteInJson } from './totals-lines.js'

/** More than a store gives at once. */
const maxAdded = 20_000
const keptMs: Readonly<Record<StretchKind, number>> = { minute: 3_600_000, quarter: 86_400_000 }
const lengthMs: Readonly<Record<StretchKind, number>> = { minute: 60_000, quarter: 900_000 }

/** Stretches that are not over, or the sum of those that are. */
interface Sums {
  /** Of processes that measure all work. */
  exact?: Totals | undefined
  /** Of the others: windows tell their CPU. */
  estimated?: Totals | undefined
}

interface Open {
  readonly kind: StretchKind
  readonly start: number
  readonly minutes: readonly RestoredMinute[]
}

/** The totals of other processes, from what they put into the store: one sum of all of them. */
export class OtherTotals {
  readonly #over: Sums = {}
  readonly #added = new Set<string>()
  readonly #open = new Map<string, Open>()
  /** The sum of the open ones; undefined if they changed. */
  #openSums: Sums | undefined

  /** True for a stretch that was added and does not change any more. */
  has(head: StretchHead): boolean {
    return head.isOver && this.#added.has(nameOf(head))
  }

  /** Adds a stretch. An open one replaces the open one before it. It skips lines of other kinds. */
  add(stretch: SharedStretch): void {
    const { run, kind, start, isOver } = stretch
    const minutes = minutesOf(stretch, Date.now())
    const openName = `${kind} ${run}`
    const open = this.#open.get(openName)
    if (isOver) {
      for (const minute of minutes) addTo(this.#over, kind, minute)
      this.#remember(nameOf(stretch))
      if (open?.start === start) this.#open.delete(openName)
    } else if (open === undefined || open.start <= start) {
      this.#open.set(openName, { kind, start, minutes })
    }
    this.#openSums = undefined
  }

  /** True while nothing was added. */
  get isEmpty(): boolean {
    return this.#added.size === 0 && this.#open.size === 0
  }

  readings(query: TotalsQuery): TotalsReading[] {
    this.#openSums ??= this.#sumOfOpen()
    const sums = [this.#over.exact, this.#over.estimated, this.#openSums.exact, this.#openSums.estimated]
    return sums.flatMap((totals) => totals?.read(query) ?? [])
  }

  #sumOfOpen(): Sums {
    const sums: Sums = {}
    const now = Date.now()
    for (const [name, { kind, minutes }] of this.#open) {
      const isOld = minutes.every(({ to }) => to < now - keptMs[kind])
      // Of a process that was killed.
      if (isOld) this.#open.delete(name)
      else for (const minute of minutes) addTo(sums, kind, minute)
    }
    return sums
  }

  #remember(name: string): void {
    this.#added.add(name)
    const [first] = this.#added
    if (this.#added.size > maxAdded && first !== undefined) this.#added.delete(first)
  }
}

function nameOf({ run, kind, start }: StretchHead): string {
  return `${kind} ${start} ${run}`
}

function addTo(sums: Sums, kind: StretchKind, minute: RestoredMinute): void {
  if (minute.isExact) sums.exact ??= new Totals({ books: () => undefined })
  else sums.estimated ??= new Totals()
  const totals = minute.isExact ? sums.exact : sums.estimated
  totals?.addStretch(kind, minute)
}

/**
 * The totals of a stretch, by the clock of this machine. Those of all processes begin at the same times, to within the difference of
 * their clocks, so that one bucket has the sum.
 */
function minutesOf({ kind, agoMs, lines }: SharedStretch, now: number): RestoredMinute[] {
  const length = lengthMs[kind]
  const from = Math.min(Math.round((now - agoMs) / length) * length, now - 1)
  return lines.flatMap((line) => {
    const minute = minuteInJson(line)
    return minute === undefined ? [] : [{ ...minute, from, to: Math.min(from + minute.to - minute.from, now) }]
  })
}
