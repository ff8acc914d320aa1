import { type ApiError, readJson } from '../../api/client.js'
import type { LiveEvent } from '../../api/live.js'
import { asApiError } from '../../api/resource.js'
import { refused, serverNow } from '../../api/session.js'
import { plain, size } from '../../format/numbers.js'
import { counted, cut } from '../../format/texts.js'
import type { LinePage, LiveEvents, ShownLine } from '../../protocol.js'
import { say } from '../../state/status.js'
import { type GapEntry, placeNear } from './entries.js'
import { LineStore, type Place, type Source } from './line-store.js'
import { Rates } from './rates.js'

const firstPage = 300
const page = 1_000
/** Pages without a line that are read before the reader is asked whether to go on. */
const maxEmptyPages = 4
const maxPagesOfGap = 5
/** The files of a service are written one after the other, so lines come a little out of order. */
const disorderMs = 1_500
const catchUpAfterMs = 700
const firstWindowMs = 5_000
const maxWindows = 6

/** Whether there are older lines than those of the list. */
export type Older =
  | { readonly kind: 'more' }
  | { readonly kind: 'reading' }
  | { readonly kind: 'end' }
  /** Nothing was found in a large part of the files; the reader may go on. */
  | { readonly kind: 'searched' }
  | { readonly kind: 'failed'; readonly error: ApiError }

/** Reads the lines that match the filters: pages of older lines, the live stream, and what is missing between them. */
export class LinesReader {
  readonly store = new LineStore()
  readonly rates = new Rates()
  older: Older = { kind: 'reading' }
  /** Why nothing could be read. */
  error: ApiError | undefined
  /** Whether the first page is there. */
  isReady = false
  /** Keys of gaps whose lines are being read. */
  readonly filling = new Set<number>()
  /** Parameters of `api/logs`. */
  readonly filters: URLSearchParams
  readonly #saw: (lines: readonly ShownLine[]) => void
  readonly #changed: () => void
  readonly #abort = new AbortController()
  readonly #live: Source = new WeakSet()
  #chain: Source = new WeakSet()
  #before: string | undefined
  #loadedFrom: number | undefined
  #hasLive = false
  #ready: Promise<void> = Promise.resolve()

  /**
   * @param filters parameters of `api/logs`
   * @param saw called with all lines that come
   * @param changed called when something is to be drawn again
   */
  constructor(filters: URLSearchParams, saw: (lines: readonly ShownLine[]) => void, changed: () => void) {
    this.filters = filters
    this.#saw = saw
    this.#changed = changed
  }

  /** Reads the newest lines, or those around a time. */
  start(at?: number): Promise<void> {
    this.#ready = this.#start(at)
    return this.#ready
  }

  end(): void {
    this.#abort.abort()
  }

  async #start(at: number | undefined): Promise<void> {
    this.error = undefined
    try {
      await this.#firstPage(at)
      this.isReady = true
    } catch (error) {
      if (this.#abort.signal.aborted) return
      this.error = this.#failure(error)
      this.older = { kind: 'failed', error: this.error }
    }
    this.#changed()
  }

  async #firstPage(at: number | undefined): Promise<void> {
    const to = at === undefined ? undefined : at + 1
    const { items, next } = await this.#read({ limit: firstPage, to })
    this.store.add(items, this.#chain, 'list')
    this.#setOlder(next)
    if (at === undefined) return
    // What is there can be read while the lines after it come.
    this.isReady = true
    const gap = this.store.addGap(Math.max(at, this.store.newestAt ?? at), 'unloaded', undefined, 'list')
    await this.fill(gap.key)
  }

  #setOlder(next: string | undefined): void {
    const oldest = this.store.oldestAt
    if (oldest !== undefined) this.#loadedFrom = Math.min(this.#loadedFrom ?? oldest, oldest)
    this.#before = next
    this.older = { kind: next === undefined ? 'end' : 'more' }
  }

  /** Reads the next older lines. */
  async readOlder(): Promise<void> {
    if (this.older.kind === 'reading' || this.older.kind === 'end') return
    this.older = { kind: 'reading' }
    this.#changed()
    try {
      await this.#olderPages()
    } catch (error) {
      if (this.#abort.signal.aborted) return
      this.older = { kind: 'failed', error: this.#failure(error) }
    }
    this.#changed()
  }

  async #olderPages(): Promise<void> {
    for (let pages = 0; pages < maxEmptyPages; pages++) {
      const oldest = this.store.oldestAt
      const from =
        this.#before === undefined ? { to: oldest === undefined ? undefined : oldest + 1 } : { before: this.#before }
      const { items, next } = await this.#read({ limit: page, ...from })
      const added = this.store.add(items, this.#chain, 'older')
      this.#setOlder(next)
      if (added > 0 || next === undefined) return
    }
    this.older = { kind: 'searched' }
  }

  /** Removes the oldest lines that are too many. They can be read again. */
  trim(): void {
    if (!this.store.trim()) return
    this.#before = undefined
    this.#chain = new WeakSet()
    if (this.older.kind === 'end') this.older = { kind: 'more' }
  }

  /** Takes events of the live stream. @param leftOut how many came too fast */
  take(events: readonly LiveEvent[], leftOut: number, place: Place): void {
    this.#hasLive = true
    const lines: ShownLine[] = []
    const flush = (): void => {
      this.#saw(lines)
      this.store.add(lines.splice(0), this.#live, place)
    }
    for (const { type, data } of events) {
      if (type === 'line' || type === 'request') lines.push(data as ShownLine)
      else if (type === 'dropped') {
        flush()
        this.#missed((data as { lines?: number }).lines, place)
      } else if (type === 'rotated') {
        flush()
        const { file, bytes } = data as LiveEvents['rotated']
        const says = `${cut(file, 60)} rotated: ${plain(size(bytes))} became ${cut(file, 60)}.1`
        this.store.addGap(this.store.newestAt ?? serverNow(), 'rotated', undefined, place, says)
      }
    }
    const now = Date.now()
    this.rates.add(
      now,
      lines.map(({ logger }) => logger ?? ''),
    )
    flush()
    if (leftOut > 0) this.#missed(leftOut, place)
  }

  #missed(lines: number | undefined, place: Place): void {
    this.store.addGap(this.store.newestAt ?? serverNow(), 'slow', lines, place)
  }

  /**
   * The stream is open. Until its first event it cannot go on where it ended, so the lines in between are read.
   *
   * @param place where they go, asked when they are there
   */
  connected(place: () => Place): void {
    this.rates.begin(Date.now())
    if (this.#hasLive) return
    setTimeout(() => void this.#catchUp(place), catchUpAfterMs)
  }

  async #catchUp(place: () => Place): Promise<void> {
    await this.#ready
    if (this.#abort.signal.aborted || !this.isReady || this.store.endsEarly) return
    const newest = this.store.newestAt
    const range = { from: newest === undefined ? undefined : newest - disorderMs }
    const answer = await this.#range(range, 3, true, place).catch(() => undefined)
    if (answer?.isWhole === false) this.store.addGap(newest ?? serverNow(), 'slow', undefined, place())
    this.#changed()
  }

  /** Reads the lines that a gap stands for. */
  async fill(key: number): Promise<void> {
    if (this.filling.has(key)) return
    this.filling.add(key)
    this.#changed()
    try {
      await this.#fill(key)
    } catch (error) {
      if (this.#abort.signal.aborted) return
      say(`The lines could not be read (${this.#failure(error).code})`)
    }
    this.filling.delete(key)
    this.#changed()
  }

  async #fill(key: number): Promise<void> {
    const gap = this.store.entries.find((entry) => entry.key === key)
    const bounds = this.store.bounds(key)
    if (gap?.kind !== 'gap' || bounds === undefined) return
    if (gap.why === 'unloaded') return this.#onward(gap, bounds.from, bounds.to ?? serverNow())
    const { from, to } = bounds
    const range = { from: from - disorderMs, to: to === undefined ? undefined : to + disorderMs }
    const { isWhole, found } = await this.#range(range, maxPagesOfGap, gap.why === 'slow')
    this.store.replaceGap(key, isWhole ? undefined : { at: gap.at, lines: undefined })
    if (isWhole && gap.lines !== undefined && found < gap.lines)
      say(`${counted(found, 'line')} found. The files have no more of them.`)
  }

  /** Reads on from a time towards now, in windows, until there is enough to look at. */
  async #onward(gap: GapEntry, from: number, to: number): Promise<void> {
    let start = from
    let windowMs = firstWindowMs
    let enough = firstPage
    for (let windows = 0; windows < maxWindows && start < to; windows++) {
      const end = Math.min(start + windowMs, to + disorderMs)
      const { isWhole, found } = await this.#range({ from: start, to: end }, maxPagesOfGap)
      if (!isWhole) this.store.addGap(start, 'unloaded', undefined, 'list')
      start = end
      windowMs *= 6
      enough -= found
      if (enough <= 0) break
    }
    this.store.replaceGap(gap.key, start >= to ? undefined : { at: start, lines: undefined })
  }

  /** Reads the lines between two times. @returns whether so many pages had them all, and how many were new */
  async #range(
    range: { readonly from?: number | undefined; readonly to?: number | undefined },
    pages: number,
    isCounted = true,
    place: () => Place = () => 'list',
  ): Promise<{ readonly isWhole: boolean; readonly found: number }> {
    const source: Source = new WeakSet()
    let found = 0
    let before: string | undefined
    for (let count = 0; count < pages; count++) {
      const { items, next } = await this.#read({ limit: page, ...range, before })
      found += this.store.add(items, source, place(), isCounted)
      if (next === undefined) return { isWhole: true, found }
      before = next
    }
    return { isWhole: false, found }
  }

  /** Reads one page; its lines are oldest first here. */
  async #read(more: Readonly<Record<string, string | number | undefined>>): Promise<LinePage> {
    const query = new URLSearchParams(this.filters)
    for (const [name, value] of Object.entries(more))
      if (value !== undefined)
        query.set(name, typeof value === 'number' ? String(Math.max(0, Math.round(value))) : value)
    const answer = await readJson<LinePage>('api/logs', query, this.#abort.signal)
    this.#abort.signal.throwIfAborted()
    const items = answer.items.toReversed()
    this.#saw(items)
    return { ...answer, items }
  }

  #failure(error: unknown): ApiError {
    const failure = asApiError(error)
    refused(failure)
    return failure
  }

  /** The time from which lines were read; undefined: all older ones were, too. */
  get loadedFrom(): number | undefined {
    return this.older.kind === 'end' ? undefined : this.#loadedFrom
  }

  /** The place of the line closest to a time, if the list has that time. */
  placeOf(at: number): number | undefined {
    const { entries, oldestAt } = this.store
    if (oldestAt === undefined) return undefined
    if (at < oldestAt && this.older.kind !== 'end') return undefined
    const place = placeNear(entries, at)
    return place < 0 ? undefined : place
  }
}
