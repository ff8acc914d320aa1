import { afterEach, describe, expect, test, vi } from 'vitest'
import type { ShownLine } from '../../protocol.js'
import { LinesReader } from './lines-reader.js'

const start = Date.UTC(2026, 10, 24, 14)
const lineAt = (at: number): ShownLine => ({
  time: new Date(start + at).toISOString(),
  level: 'info',
  logger: 'l',
  message: `line ${at}`,
  file: 'a.log',
})

/** Answers `api/logs` as the service does, from lines that are written at these times. */
function serve(times: readonly number[]): { readonly asked: URLSearchParams[] } {
  const asked: URLSearchParams[] = []
  vi.stubGlobal('fetch', (address: string) => {
    const query = new URLSearchParams(address.split('?')[1])
    asked.push(query)
    const [from, to, before] = ['from', 'to', 'before'].map((name) => query.get(name))
    const end = before === undefined || before === null ? times.length : Number(before)
    const limit = Number(query.get('limit'))
    const matching = times
      .map((at, place) => ({ at, place }))
      .slice(0, end)
      .filter(({ at }) => (from == null || start + at >= Number(from)) && (to == null || start + at < Number(to)))
    const page = matching.slice(-limit)
    const next = matching.length > page.length ? { next: String(page[0]?.place) } : {}
    return Promise.resolve(Response.json({ items: page.map(({ at }) => lineAt(at)).reverse(), ...next }))
  })
  return { asked }
}

async function started(at?: number): Promise<LinesReader> {
  const reader = new LinesReader(
    new URLSearchParams('level=info'),
    () => {},
    () => {},
  )
  reader.start(at)
  await vi.waitFor(() => expect(reader.isReady || reader.error !== undefined).toBe(true))
  return reader
}

const shown = ({ store }: LinesReader): (number | string)[] =>
  store.entries.map((entry) => (entry.kind === 'gap' ? `gap ${entry.why} ${entry.lines}` : entry.at - start))
const count = (to: number, from = 0): number[] => Array.from({ length: to - from }, (_, at) => from + at)

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('the reader of lines', () => {
  test('reads the newest lines, then older ones until there are no more', async () => {
    const { asked } = serve(count(1_500))
    const reader = await started()
    expect(shown(reader)).toEqual(count(1_500, 1_200))
    expect(String(asked[0])).toBe('level=info&limit=300')
    await reader.readOlder()
    expect(shown(reader)).toEqual(count(1_500, 200))
    expect(reader.loadedFrom).toBe(start + 200)
    await reader.readOlder()
    expect(shown(reader)).toEqual(count(1_500))
    expect([reader.older.kind, reader.loadedFrom]).toEqual(['end', undefined])
  })

  test('tells a failure, and goes on after it', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ code: 'busy' }, { status: 503 })))
    const reader = await started()
    expect(reader.error).toMatchObject({ status: 503, code: 'busy' })
    serve([1, 2])
    reader.start()
    await vi.waitFor(() => expect(shown(reader)).toEqual([1, 2]))
    expect(reader.error).toBeUndefined()
  })

  test('puts a row in the place of lines that the stream missed, and fetches them', async () => {
    serve([1, 2])
    const reader = await started()
    const event = (at: number) => ({ type: 'line', data: lineAt(at) })
    reader.take([event(3), { type: 'dropped', data: { lines: 2 } }, event(6)], 0, 'list')
    expect(shown(reader)).toEqual([1, 2, 3, 'gap slow 2', 6])
    serve([1, 2, 3, 4, 5, 6])
    await reader.fill(reader.store.entries[3]?.key ?? -1)
    expect(shown(reader)).toEqual([1, 2, 3, 4, 5, 6])
    reader.take([event(7)], 9, 'list')
    expect(shown(reader).slice(-2)).toEqual([7, 'gap slow 9'])
  })

  test('notes a rotation between the lines of both files', async () => {
    serve([1])
    const reader = await started()
    const event = (at: number) => ({ type: 'line', data: lineAt(at) })
    const rotated = { type: 'rotated', data: { file: 'shop.log', bytes: 10_485_760 } }
    reader.take([event(3), rotated, event(6)], 0, 'list')
    expect(shown(reader)).toEqual([1, 3, 'gap rotated undefined', 6])
    expect(reader.store.entries[2]).toMatchObject({
      says: expect.stringMatching(/^shop\.log rotated: 10\S* MB became shop/),
    })
  })

  test('reads the lines around a time, then the later ones in windows', async () => {
    serve([...count(100), 7_200_000])
    const reader = await started(start + 50)
    // The last five days are not read at once.
    await vi.waitFor(() => expect(shown(reader)).toEqual([...count(100), 7_200_000, 'gap unloaded undefined']))
    expect(reader.placeOf(start + 50)).toBe(50)
    expect(reader.store.endsEarly).toBe(true)
  })

  test('removes the oldest of too many lines, and can read them again', async () => {
    serve(count(20_500))
    const reader = await started()
    reader.store.add(count(20_200, 100).map(lineAt), new WeakSet(), 'list')
    reader.trim()
    expect(shown(reader)).toEqual(count(20_500, 500))
    await reader.readOlder()
    expect(shown(reader)).toEqual(count(20_500))
  })

  test('lets the lines wait that came while the stream was not open, if new lines wait now', async () => {
    const times = count(3)
    serve(times)
    const reader = await started()
    let place: 'list' | 'waiting' = 'list'
    reader.connected(() => place)
    times.push(3, 4)
    place = 'waiting'
    await vi.waitFor(() => expect(reader.store.waiting).toBe(2), { timeout: 5_000 })
    expect(shown(reader)).toEqual(count(3))
    reader.store.release()
    expect(shown(reader)).toEqual(count(5))
  })
})
