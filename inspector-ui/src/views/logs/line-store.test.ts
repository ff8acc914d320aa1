import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ShownLine } from '../../protocol.js'
import type { Entry } from './entries.js'
import { LineStore, maxWaiting } from './line-store.js'

const line = (at: number, message = 'a'): ShownLine => ({
  time: new Date(at).toISOString(),
  level: 'info',
  logger: 'l',
  message,
  file: 'a.log',
})
const shown = (store: LineStore): string[] =>
  store.entries.map((entry) => (entry.kind === 'gap' ? `gap ${entry.lines}` : `${entry.at} ${entry.line.message}`))

describe('the store of lines', () => {
  test('keeps a line once that a page and the live stream bring', () => {
    const store = new LineStore()
    store.add([line(2), line(1)], new WeakSet(), 'list')
    expect(store.add([line(2), line(3)], new WeakSet(), 'list')).toBe(1)
    expect(shown(store)).toEqual(['1 a', '2 a', '3 a'])
  })

  test('keeps equal lines of one source: they were written twice', () => {
    const store = new LineStore()
    const source = new WeakSet<never>()
    store.add([line(1)], source, 'list')
    store.add([line(1), line(1)], source, 'list')
    expect(shown(store)).toEqual(['1 a', '1 a', '1 a'])
    store.add([line(1), line(1)], new WeakSet(), 'list')
    expect(shown(store)).toHaveLength(3)
  })

  test('has every line once, in order of time, however pages and events overlap', () => {
    const sent = fc.array(fc.integer({ min: 1, max: 20 }))
    fc.assert(
      fc.property(sent, fc.nat(), fc.nat(), (written, from, to) => {
        const all = written.map((at, place) => line(at, `${place}`))
        const [low, high] = [Math.min(from, to) % (all.length + 1), Math.max(from, to) % (all.length + 1)]
        const store = new LineStore()
        const live = new WeakSet<never>()
        store.add(all.slice(Math.min(low, high)), live, 'waiting')
        store.add(all.slice(0, Math.max(low, high)), new WeakSet(), 'list')
        store.release()
        const expected = all.map(({ time, message }) => `${Date.parse(time ?? '')} ${message}`)
        expect([...shown(store)].sort()).toEqual(expected.sort())
        const times = store.entries.map(({ at }) => at)
        expect(times).toEqual([...times].sort((one, other) => one - other))
      }),
    )
  })

  test('keeps the order of lines of the same time, and puts older pages before it', () => {
    const store = new LineStore()
    store.add([line(5, 'c'), line(5, 'd')], new WeakSet(), 'list')
    store.add([line(5, 'a'), line(5, 'b')], new WeakSet(), 'older')
    store.add([line(5, 'e')], new WeakSet(), 'list')
    expect(shown(store)).toEqual(['5 a', '5 b', '5 c', '5 d', '5 e'])
  })

  test('lets new lines wait, and puts a row in the place of those that are too many', () => {
    const store = new LineStore()
    store.add([line(1)], new WeakSet(), 'list')
    const live = new WeakSet<never>()
    store.add(
      Array.from({ length: maxWaiting + 3 }, (_, at) => line(at + 10)),
      live,
      'waiting',
    )
    expect(shown(store)).toEqual(['1 a'])
    expect(store.waiting).toBe(maxWaiting + 3)
    store.release()
    expect(shown(store).slice(0, 3)).toEqual(['1 a', 'gap 3', '13 a'])
    expect(store.waiting).toBe(0)
  })

  test('gives a line without a time that of the line before it', () => {
    const store = new LineStore()
    store.add([line(5), { text: 'Segmentation fault', file: 'a.log' }, line(6)], new WeakSet(), 'list')
    expect(store.entries.map((entry) => [entry.at, (entry as Entry & { kind: 'line' }).line.text])).toEqual([
      [5, undefined],
      [5, 'Segmentation fault'],
      [6, undefined],
    ])
  })

  test('tells between which lines a gap is, and replaces it', () => {
    const store = new LineStore()
    const live = new WeakSet<never>()
    store.add([line(1), line(5)], live, 'list')
    const gap = store.addGap(5, 'slow', 7, 'list')
    expect(store.bounds(gap.key)).toEqual({ from: 5, to: undefined })
    store.add([line(9)], live, 'waiting')
    expect(store.bounds(gap.key)).toEqual({ from: 5, to: 9 })
    store.replaceGap(gap.key, { at: 6, lines: undefined })
    expect(shown(store)).toEqual(['1 a', '5 a', 'gap undefined'])
    store.replaceGap(gap.key, undefined)
    expect(shown(store)).toEqual(['1 a', '5 a'])
  })

  test('removes the oldest lines, and does not count them again when they come back', () => {
    const store = new LineStore()
    store.add([line(5_000), line(10_000), line(15_000)], new WeakSet(), 'list')
    expect(store.trim(2)).toBe(true)
    expect(shown(store)).toEqual(['10000 a', '15000 a'])
    store.add([line(5_000)], new WeakSet(), 'list')
    expect(shown(store)).toHaveLength(3)
    expect(store.buckets.upTo(20_000).slice(-3)).toEqual([1, 1, 1].map((lines) => ({ lines, warnings: 0, errors: 0 })))
  })
})
