import type { ListedRequest, LiveRequest, RequestPage } from '../../protocol.js'
import { computed, signal } from '../../state/signal.js'
import type { RequestFilter } from './filter.js'
import { matches, matchesOpen } from './matches.js'
import { type Gap, gapBelow, isGap, merged, newestFirst, type Row } from './rows.js'

/** A row on top of the list: a request that is open, or was when the list stopped moving. */
export interface OpenRow {
  readonly request: LiveRequest
  /** It ended while the list stood still. */
  readonly ended?: ListedRequest | undefined
}

/** How older rows are asked for: behind a page, or by time where rows were dropped. */
export type Older = { readonly before: string } | { readonly to: string } | undefined

/** How many rows live news may fill. Rows that the reader fetched may be more. */
export const maxRows = 5_000
// So many rows at once are more than a screen: people cannot read them as they pass, so they come once a second.
const manyRows = 30
const manyEveryMs = 1_000
// A request that ended is on the live stream later: lines in ClickHouse are read every second, and they are written in batches.
const endedForMs = 4_000

/** The rows of one filter. News wait while the list must not move. */
export class RequestFeed {
  readonly filter: RequestFilter
  /** Finished ones, newest first. Undefined before the first page. */
  readonly rows = signal<readonly Row[] | undefined>(undefined)
  readonly open = signal<readonly OpenRow[]>([])
  /** Whether there is anything to show. */
  readonly content = computed(() => {
    const rows = this.rows.value
    if (rows === undefined) return 'unknown'
    return rows.length === 0 && this.open.value.length === 0 ? 'empty' : 'rows'
  })
  /** How many newer rows wait. */
  readonly waiting = signal(0)
  /** Where older rows are; undefined: there are none. */
  older: Older
  /** Whether anything kept was longer than the short scale of the time bars. It stays, so that bars do not jump. */
  readonly isLong = signal(false)

  readonly #ids = new Set<string>()
  #news: Row[] = []
  #newsCount = 0
  #nextAt = 0
  #lastOpen: readonly LiveRequest[] = []
  /** Requests that were open and are not any more, with the time until which their rows wait for how they ended. */
  readonly #awaited = new Map<string, { readonly request: LiveRequest; readonly until: number }>()

  constructor(filter: RequestFilter) {
    this.filter = filter
  }

  /** Takes the newest page: the first, or one that was read again after an interruption. */
  takePage(page: RequestPage, isHeld: boolean): void {
    const known = this.rows.value
    if (known === undefined) {
      this.older = page.next === undefined ? undefined : { before: page.next }
      this.#show([], page.items)
      return
    }
    const oldest = page.items.at(-1)
    const isJoined = page.next === undefined || page.items.some(({ id }) => this.#ids.has(id))
    this.#take(page.items)
    // Nothing of the page is known: there may be more between it and what is shown.
    if (!isJoined && oldest !== undefined && known.length > 0) this.#news.push(gapBelow(oldest))
    this.tick(isHeld)
  }

  /** Takes finished requests of the live stream. */
  takeNews(items: readonly ListedRequest[], isHeld: boolean, now = performance.now()): void {
    // Also if the filter refuses how it ended.
    for (const { id } of items) this.#awaited.delete(id)
    this.#take(items.filter((item) => matches(this.filter, item)))
    this.tick(isHeld, now)
  }

  /** Takes an older page. */
  takeOlder(page: RequestPage): void {
    this.older = page.next === undefined ? undefined : { before: page.next }
    this.#show(this.rows.value ?? [], page.items)
  }

  /** Takes what was missing at a gap. What is still missing is a gap again. */
  fillGap(gap: Gap, page: RequestPage): void {
    const rows = (this.rows.value ?? []).filter(({ id }) => id !== gap.id)
    const oldest = page.items.at(-1)
    const isJoined = page.next === undefined || page.items.every(({ id }) => this.#ids.has(id)) || oldest === undefined
    const below = rows.find((row) => !isGap(row) && newestFirst(gap, row) < 0)
    const reaches = isJoined || (below !== undefined && newestFirst(below, oldest) <= 0)
    this.#show(rows, reaches ? page.items : [...page.items, gapBelow(oldest)])
  }

  /** Takes the requests that are open now. */
  takeOpen(items: readonly LiveRequest[], isHeld: boolean, now = performance.now()): void {
    const open = items.filter((item) => matchesOpen(this.filter, item))
    // One that is open still, and that the filter refuses now, has not ended.
    const ids = new Set(items.map(({ id }) => id))
    for (const request of this.#lastOpen)
      if (!ids.has(request.id) && !this.#awaited.has(request.id))
        this.#awaited.set(request.id, { request, until: now + endedForMs })
    for (const [id, { until }] of this.#awaited)
      if (this.#ids.has(id) || ids.has(id) || until <= now) this.#awaited.delete(id)
    this.#lastOpen = open
    this.#showOpen(isHeld)
  }

  /** Shows what waits, if the list may move. */
  tick(isHeld: boolean, now = performance.now()): void {
    if (this.#newsCount === 0) return
    if (isHeld) {
      this.waiting.value = this.#newsCount
      this.#endHeldRows()
    } else if (now >= this.#nextAt) {
      this.#nextAt = this.#newsCount > manyRows ? now + manyEveryMs : 0
      this.flush(true)
    }
  }

  /** Shows what waits, at once. @param trims whether the list may lose its oldest rows */
  flush(trims: boolean): void {
    const news = this.#news
    this.#news = []
    this.#newsCount = 0
    this.waiting.value = 0
    let rows = this.rows.value ?? []
    if (trims && rows.length + news.length > maxRows) rows = rows.slice(0, Math.max(0, maxRows - news.length))
    this.#show(rows, news)
    this.#showOpen(false)
  }

  #take(items: readonly ListedRequest[]): void {
    for (const item of items) {
      if (this.#ids.has(item.id)) continue
      this.#ids.add(item.id)
      this.#news.push(item)
      this.#newsCount += 1
    }
    // What waits must not grow without end either; the newest stay.
    if (this.#news.length > 2 * maxRows) {
      for (const { id } of this.#news.splice(0, this.#news.length - maxRows)) this.#ids.delete(id)
      const oldest = this.#news[0]
      if (oldest !== undefined) this.#news.push(gapBelow(oldest))
    }
  }

  #show(rows: readonly Row[], more: readonly Row[]): void {
    let all = merged(rows, more)
    const cutAt = maxRows * 4
    if (all.length > cutAt) all = all.slice(0, cutAt)
    this.rows.value = all
    this.#forget(all)
    if (!this.isLong.value) this.isLong.value = more.some((row) => !isGap(row) && row.durationMs > shortScaleMs)
  }

  /** Ids and the place of older rows follow the rows. */
  #forget(rows: readonly Row[]): void {
    const kept = rows.length + this.#news.length
    const last = rows.at(-1)
    for (const { id } of rows) this.#ids.add(id)
    if (this.#ids.size <= kept || last === undefined) return
    this.#ids.clear()
    for (const { id } of rows) this.#ids.add(id)
    for (const { id } of this.#news) this.#ids.add(id)
    // Rows were dropped at the end, so the cursor of the last page lies too far down. `to` is exclusive.
    this.older = { to: new Date(Date.parse(last.startedAt) + 1).toISOString() }
  }

  #showOpen(isHeld: boolean): void {
    if (isHeld) {
      const now = new Map(this.#lastOpen.map((one) => [one.id, one]))
      this.open.value = this.open.value.map((row) => ({ ...row, request: now.get(row.request.id) ?? row.request }))
      this.#endHeldRows()
      return
    }
    const awaited = [...this.#awaited.values()].map(({ request }) => request)
    const open = [...this.#lastOpen, ...awaited].filter(({ id }) => !this.#ids.has(id))
    if (open.length > 0 || this.open.value.length > 0) this.open.value = open.map((request) => ({ request }))
    if (!this.isLong.value) this.isLong.value = open.some(({ openMs }) => openMs > shortScaleMs)
  }

  /** A request that ends while the list stands still keeps its row, which says how it ended. */
  #endHeldRows(): void {
    const isEnded = (row: OpenRow): boolean => row.ended === undefined && this.#ids.has(row.request.id)
    if (!this.open.value.some(isEnded)) return
    const news = new Map(this.#news.map((row) => [row.id, row]))
    this.open.value = this.open.value.map((row) => {
      const ended = isEnded(row) ? news.get(row.request.id) : undefined
      return ended === undefined || isGap(ended) ? row : { ...row, ended }
    })
  }
}

/** The scale of the time bars while nothing kept is longer, in ms. */
export const shortScaleMs = 100
/** The scale of the time bars, in ms. */
export const longScaleMs = 1_000
