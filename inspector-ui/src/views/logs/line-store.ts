import type { ShownLine } from '../../protocol.js'
import { Buckets } from './buckets.js'
import {
  type Entry,
  type GapEntry,
  type GapReason,
  isSameLine,
  type LineEntry,
  placeAfter,
  timeOf,
  troubleOf,
} from './entries.js'

/** How many lines the list holds. */
export const maxLines = 20_000
/** How many new lines wait. Of more the oldest go, and a row says so. */
export const maxWaiting = 5_000

/** The lines that came from one source, such as one chain of pages. Within a source every line is another line. */
export type Source = WeakSet<LineEntry>

/** Where lines that come go. `older`: into the list, before those of the same time. */
export type Place = 'list' | 'older' | 'waiting'

/**
 * The lines of the list, oldest first, and new ones that wait. Lines come from pages and from the live stream, and the same
 * line may come from both: it is kept once.
 */
export class LineStore {
  readonly buckets = new Buckets()
  /** Accounts of lines, with the number of their lines. */
  readonly accounts = new Map<string, number>()
  #entries: Entry[] = []
  #waiting: Entry[] = []
  #nextKey = 1
  readonly #byTime = new Map<number, LineEntry[]>()
  /** Lines up to this time were in the list before, and counted. */
  #trimmedTo = Number.NEGATIVE_INFINITY
  #leftOut = 0

  get entries(): readonly Entry[] {
    return this.#entries
  }

  /** How many new lines wait. */
  get waiting(): number {
    return this.#leftOut + this.#waiting.length
  }

  /** The time of the oldest line of the list. */
  get oldestAt(): number | undefined {
    return this.#entries.find(({ kind }) => kind === 'line')?.at
  }

  /** The time of the youngest line, waiting or not. */
  get newestAt(): number | undefined {
    return (this.#waiting.at(-1) ?? this.#entries.at(-1))?.at
  }

  /** Whether the list ends with lines that are not loaded. */
  get endsEarly(): boolean {
    const last = this.#entries.at(-1)
    return last?.kind === 'gap' && last.why === 'unloaded'
  }

  /**
   * Adds lines of a source. Those of the same time stay in their order.
   *
   * @returns how many were new
   */
  add(lines: readonly ShownLine[], source: Source, place: Place, isCounted = true): number {
    const added = this.#newOf(lines, source)
    for (const entry of added) this.#count(entry, isCounted)
    if (place === 'waiting') this.#wait(added)
    else this.#entries = place === 'older' ? merged(added, this.#entries) : merged(this.#entries, added)
    return added.length
  }

  /** Puts a row in the place of lines that are missing, after all that is younger than `at` is not. */
  addGap(at: number, why: GapReason, lines: number | undefined, place: Place, says?: string): GapEntry {
    const gap: GapEntry = { kind: 'gap', key: this.#nextKey++, at, why, lines, ...(says === undefined ? {} : { says }) }
    if (place === 'waiting') this.#wait([gap])
    else this.#entries = merged(this.#entries, [gap])
    return gap
  }

  /** Puts another gap in the place of one; undefined removes it. */
  replaceGap(key: number, next: Pick<GapEntry, 'at' | 'lines'> | undefined): void {
    const place = this.#entries.findIndex((entry) => entry.key === key)
    const gap = this.#entries[place]
    if (gap?.kind !== 'gap') return
    const rest = this.#entries.toSpliced(place, 1)
    this.#entries = next === undefined ? rest : merged(rest, [{ ...gap, ...next }])
  }

  /** The times between which the lines of a gap are; `to` is undefined if nothing follows. */
  bounds(key: number): { readonly from: number; readonly to: number | undefined } | undefined {
    const place = this.#entries.findIndex((entry) => entry.key === key)
    const gap = this.#entries[place]
    if (gap === undefined) return undefined
    const before = this.#entries.slice(0, place).findLast(({ kind }) => kind === 'line')
    const after =
      this.#entries.slice(place).find(({ kind }) => kind === 'line') ??
      this.#waiting.find(({ kind }) => kind === 'line')
    return { from: Math.min(before?.at ?? gap.at, gap.at), to: after?.at }
  }

  /** Moves waiting lines into the list. */
  release(): void {
    const waiting = this.#waiting
    const leftOut = this.#leftOut
    this.#waiting = []
    this.#leftOut = 0
    if (leftOut > 0) this.addGap((waiting[0]?.at ?? 0) - 1, 'waiting', leftOut, 'list')
    this.#entries = merged(this.#entries, waiting)
  }

  /** Removes the oldest lines that are too many. @returns true if lines were removed */
  trim(max = maxLines): boolean {
    const over = this.#entries.length - max
    if (over <= 0) return false
    for (const entry of this.#entries.slice(0, over)) if (entry.kind === 'line') this.#forget(entry)
    this.#trimmedTo = Math.max(this.#trimmedTo, this.#entries[over - 1]?.at ?? 0)
    this.#entries = this.#entries.slice(over)
    return true
  }

  #newOf(lines: readonly ShownLine[], source: Source): LineEntry[] {
    let last = this.newestAt ?? 0
    const timed = lines.map((line) => {
      last = timeOf(line) ?? last
      return { line, at: last }
    })
    timed.sort((one, other) => one.at - other.at)
    return timed.flatMap(({ line, at }) => {
      const known = this.#byTime.get(at)
      const same = known?.find((entry) => !source.has(entry) && isSameLine(entry.line, line))
      const entry = same ?? ({ kind: 'line', key: this.#nextKey++, at, line, trouble: troubleOf(line.level) } as const)
      source.add(entry)
      if (same !== undefined) return []
      if (known === undefined) this.#byTime.set(at, [entry])
      else known.push(entry)
      return [entry]
    })
  }

  #count({ line, at, trouble }: LineEntry, isCounted: boolean): void {
    if (line.account !== undefined) this.accounts.set(line.account, (this.accounts.get(line.account) ?? 0) + 1)
    if (isCounted && at > this.#trimmedTo) this.buckets.add(at, trouble)
  }

  #wait(entries: readonly Entry[]): void {
    this.#waiting = merged(this.#waiting, entries)
    const over = this.#waiting.length - maxWaiting
    if (over <= 0) return
    for (const entry of this.#waiting.slice(0, over)) {
      this.#leftOut += entry.kind === 'line' ? 1 : (entry.lines ?? 0)
      if (entry.kind === 'line') this.#forget(entry)
    }
    this.#waiting = this.#waiting.slice(over)
  }

  #forget(entry: LineEntry): void {
    const known = this.#byTime.get(entry.at)?.filter((one) => one !== entry) ?? []
    if (known.length === 0) this.#byTime.delete(entry.at)
    else this.#byTime.set(entry.at, known)
  }
}

/** Two lists in order of time as one. What is of the same time stays in the order in which it came. */
function merged(entries: readonly Entry[], more: readonly Entry[]): Entry[] {
  const [first] = more
  if (first === undefined) return [...entries]
  const place = placeAfter(entries, first.at)
  const result = entries.slice(0, place)
  let at = place
  for (const entry of more) {
    for (let next = entries[at]; next !== undefined && next.at <= entry.at; next = entries[at]) {
      result.push(next)
      at++
    }
    result.push(entry)
  }
  for (; at < entries.length; at++) result.push(entries[at] as Entry)
  return result
}
