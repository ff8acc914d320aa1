import { beforeEach, describe, expect, it } from 'vitest'
import type { ListedRequest, LiveRequest } from '../../protocol.js'
import { maxRows, RequestFeed } from './feed.js'
import { readFilter } from './filter.js'
import { isGap } from './rows.js'

const start = Date.parse('2026-11-24T14:03:07.412Z')
const item = (at: number, more: Partial<ListedRequest> = {}): ListedRequest =>
  ({
    id: `id-${String(at).padStart(8, '0')}`,
    kind: 'request',
    startedAt: new Date(start + at).toISOString(),
    durationMs: 5,
    measured: false,
    ...more,
  }) as ListedRequest
const open = (at: number): LiveRequest => ({ ...item(at), openMs: 7 }) as unknown as LiveRequest
const openOf = (at: number, account: string): LiveRequest => ({ ...open(at), account })
const page = (from: number, to: number, next?: string) => ({
  items: Array.from({ length: from - to }, (_, index) => item(from - index)),
  next,
})

let feed: RequestFeed
let now: number

beforeEach(() => {
  feed = new RequestFeed(readFilter(new URLSearchParams()))
  now = 0
})

const ids = (): readonly string[] => (feed.rows.value ?? []).map(({ id }) => id)

describe('news', () => {
  it('are put in at once while the list may move', () => {
    feed.takePage(page(3, 0), false)
    feed.takeNews([item(5), item(4)], false, now)
    expect(ids()).toEqual([5, 4, 3, 2, 1].map((at) => item(at).id))
    expect(feed.waiting.value).toBe(0)
  })

  it('wait and are counted while it must stand still, and come when the reader asks', () => {
    feed.takePage(page(3, 0), false)
    feed.takeNews([item(5), item(4)], true, now)
    feed.takeNews([item(5), item(6)], true, now)
    expect(ids()).toHaveLength(3)
    expect(feed.waiting.value).toBe(3)
    feed.flush(true)
    expect(ids()).toEqual([6, 5, 4, 3, 2, 1].map((at) => item(at).id))
    expect(feed.waiting.value).toBe(0)
  })

  it('come by themselves when the list may move again', () => {
    feed.takePage(page(3, 0), false)
    feed.takeNews([item(4)], true, now)
    feed.tick(false, now)
    expect(ids()).toHaveLength(4)
  })

  it('that are more than a screen come once a second', () => {
    feed.takePage(page(3, 0), false)
    const many = (from: number): ListedRequest[] => Array.from({ length: 100 }, (_, index) => item(from + index))
    feed.takeNews(many(100), false, 1_000)
    expect(ids()).toHaveLength(103)
    feed.takeNews(many(200), false, 1_250)
    expect(ids()).toHaveLength(103)
    feed.tick(false, 2_000)
    expect(ids()).toHaveLength(203)
  })

  it('that the filter does not want are left out', () => {
    feed.takePage(page(3, 0), false)
    feed.takeNews([item(4, { kind: 'job' })], false, now)
    expect(ids()).toHaveLength(3)
  })

  it('push the oldest rows out, which are then asked for by their time', () => {
    feed.takePage(page(3, 0, 'cursor'), false)
    expect(feed.older).toEqual({ before: 'cursor' })
    feed.takeNews(
      Array.from({ length: maxRows - 1 }, (_, index) => item(10 + index)),
      false,
      now,
    )
    expect(ids()).toHaveLength(maxRows)
    expect(feed.older).toEqual({ to: new Date(start + 4).toISOString() })
  })
})

describe('a page that is read again', () => {
  it('adds nothing twice', () => {
    feed.takePage(page(3, 0, 'cursor'), false)
    feed.takePage(page(5, 2, 'cursor'), false)
    expect(ids()).toEqual([5, 4, 3, 2, 1].map((at) => item(at).id))
  })

  it('shows a gap if it does not reach what is shown, until the gap is filled', () => {
    feed.takePage(page(3, 0, 'cursor'), false)
    feed.takePage(page(13, 10, 'cursor'), false)
    const gap = feed.rows.value?.[3]
    expect(gap && isGap(gap)).toBe(true)
    if (gap === undefined || !isGap(gap)) return
    feed.fillGap(gap, page(10, 7, 'cursor'))
    expect(feed.rows.value?.map((row) => (isGap(row) ? 'gap' : row.id.slice(-2)))).toEqual([
      '13',
      '12',
      '11',
      '10',
      '09',
      '08',
      'gap',
      '03',
      '02',
      '01',
    ])
    const [next] = feed.rows.value?.filter(isGap) ?? []
    if (next !== undefined) feed.fillGap(next, page(8, 2, 'cursor'))
    expect(feed.rows.value?.some(isGap)).toBe(false)
    expect(ids()).toHaveLength(13)
  })
})

describe('open requests', () => {
  it('leave the top as they end', () => {
    feed.takePage(page(3, 0), false)
    feed.takeOpen([open(9), open(8)], false)
    expect(feed.open.value).toHaveLength(2)
    feed.takeNews([item(9)], false, now)
    expect(feed.open.value.map(({ request }) => request.id)).toEqual([item(8).id])
    expect(ids()[0]).toBe(item(9).id)
  })

  it('keep their rows until it is known how they ended, but not for ever', () => {
    feed.takePage(page(0, 0), false)
    feed.takeOpen([open(9), open(8)], false, now)
    feed.takeOpen([], false, now + 1_000)
    expect(feed.content.value).toBe('rows')
    expect(feed.open.value).toHaveLength(2)
    feed.takeNews([item(9)], false, now)
    expect(feed.open.value.map(({ request }) => request.id)).toEqual([item(8).id])
    feed.takeOpen([], false, now + 6_000)
    expect(feed.open.value).toEqual([])
  })

  it('leave at once if the filter refuses them, open or ended', () => {
    const ofAcme = new RequestFeed(readFilter(new URLSearchParams({ account: 'acme' })))
    ofAcme.takePage(page(0, 0), false)
    ofAcme.takeOpen([openOf(9, 'acme'), openOf(8, 'acme')], false, now)
    ofAcme.takeOpen([openOf(9, 'globex')], false, now + 1_000)
    expect(ofAcme.open.value.map(({ request }) => request.id)).toEqual([item(8).id])
    ofAcme.takeNews([{ ...item(8), account: 'globex' }], false, now + 1_100)
    ofAcme.takeOpen([], false, now + 2_000)
    expect(ofAcme.open.value).toEqual([])
  })

  it('keep their rows while the list stands still, and say how they ended', () => {
    feed.takePage(page(3, 0), false)
    feed.takeOpen([open(9)], false)
    feed.takeOpen([open(10)], true)
    feed.takeNews([item(9)], true, now)
    expect(feed.open.value).toHaveLength(1)
    expect(feed.open.value[0]?.ended?.id).toBe(item(9).id)
    feed.flush(true)
    expect(feed.open.value.map(({ request }) => request.id)).toEqual([item(10).id])
    expect(ids()[0]).toBe(item(9).id)
  })
})

it('has the long scale once anything kept is longer than the short one', () => {
  feed.takePage(page(3, 0), false)
  expect(feed.isLong.value).toBe(false)
  feed.takeNews([item(4, { durationMs: 101 })], false, now)
  expect(feed.isLong.value).toBe(true)
})
