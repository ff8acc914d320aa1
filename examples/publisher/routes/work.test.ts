import '../testing/log-directory.js'
import { describe, expect, test } from 'vitest'
import { call, start } from '../testing/publisher.js'

describe('GET /work', () => {
  test('uses the given CPU time', async () => {
    const publisher = await start()
    const cpuBefore = process.cpuUsage()
    const answer = await call(publisher, 'GET', '/api/v1/work?cpuMs=100&allocKb=512&chunks=7')
    const { user, system } = process.cpuUsage(cpuBefore)
    expect(answer).toMatchObject({ status: 200, json: { cpuMs: 100, waitMs: 0, allocKb: 512, chunks: 7 } })
    expect((user + system) / 1_000).toBeGreaterThan(50)
  })

  test('waits the given time', async () => {
    const publisher = await start()
    const startedAt = performance.now()
    await call(publisher, 'GET', '/api/v1/work?waitMs=200&chunks=4')
    // Timers may fire a millisecond early, once for each chunk.
    expect(performance.now() - startedAt).toBeGreaterThan(200 - 4)
  })

  test('lets other requests run between its chunks', async () => {
    const publisher = await start()
    const finished: string[] = []
    const request = async (name: string, query: string): Promise<void> => {
      await call(publisher, 'GET', `/api/v1/work?${query}`)
      finished.push(name)
    }
    await Promise.all([request('long', 'cpuMs=200&chunks=100'), request('short', 'cpuMs=1')])
    expect(finished).toEqual(['short', 'long'])
  })

  test('answers the same request with the same bytes, apart from id and date', async () => {
    const publisher = await start()
    const [first, second] = [
      await call(publisher, 'GET', '/api/v1/work?cpuMs=1'),
      await call(publisher, 'GET', '/api/v1/work?cpuMs=1'),
    ]
    const fixed = ({ headers }: typeof first): string[][] =>
      [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id')
    expect(first.text).toBe(second.text)
    expect(fixed(first)).toEqual(fixed(second))
    expect(first.id).not.toBe(second.id)
  })

  test('does nothing, in one chunk, without numbers', async () => {
    const { json } = await call(await start(), 'GET', '/api/v1/work')
    expect(json).toEqual({ cpuMs: 0, waitMs: 0, allocKb: 0, chunks: 1 })
  })

  test.each([
    ['cpuMs=2001', 'cpuMs: expected a whole number from 0 to 2000'],
    ['waitMs=10001', 'waitMs: expected a whole number from 0 to 10000'],
    ['allocKb=65537', 'allocKb: expected a whole number from 0 to 65536'],
    ['chunks=101', 'chunks: expected a whole number from 1 to 100'],
    ['chunks=0', 'chunks: expected a whole number from 1 to 100'],
    ['cpuMs=-1', 'cpuMs: expected a whole number from 0 to 2000'],
    ['cpuMs=1.5', 'cpuMs: expected a whole number from 0 to 2000'],
    ['cpuMs=', 'cpuMs: expected a whole number from 0 to 2000'],
    ['cpuMs=1e3', 'cpuMs: expected a whole number from 0 to 2000'],
    ['cpuMs=1&cpuMs=2', 'cpuMs: expected a whole number from 0 to 2000'],
    ['waitMs=soon', 'waitMs: expected a whole number from 0 to 10000'],
  ])('refuses ?%s', async (query, detail) => {
    const answer = await call(await start(), 'GET', `/api/v1/work?${query}`)
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_work', detail, requestId: answer.id } })
  })
})
