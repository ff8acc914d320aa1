import { afterEach, expect, test, vi } from 'vitest'
import { readAhead, readJson, setToken } from './client.js'

/** Answers each address with the number of the question. */
function serve(status = 200): string[] {
  const asked: string[] = []
  vi.stubGlobal('fetch', (address: string) => {
    asked.push(address)
    return Promise.resolve(Response.json({ answer: asked.length }, { status }))
  })
  return asked
}

afterEach(() => {
  setToken(undefined)
  vi.unstubAllGlobals()
})

test('what was read ahead is taken once, by the same address alone', async () => {
  const asked = serve()
  setToken('token')
  readAhead('api/requests', { kind: 'request', limit: 100 })
  expect(await readJson('api/requests', { kind: 'job', limit: 100 })).toEqual({ answer: 2 })
  expect(await readJson('api/requests', { kind: 'request', limit: 100 })).toEqual({ answer: 1 })
  expect(await readJson('api/requests', { kind: 'request', limit: 100 })).toEqual({ answer: 3 })
  expect(asked).toHaveLength(3)
})

test('a page without a token reads nothing ahead', () => {
  const asked = serve()
  readAhead('api/requests')
  expect(asked).toEqual([])
})

test('what was read ahead with another token is not shown', async () => {
  serve()
  setToken('one')
  readAhead('api/requests')
  setToken('other')
  expect(await readJson('api/requests')).toEqual({ answer: 2 })
})

test('a reading ahead that failed is asked again', async () => {
  serve(503)
  setToken('token')
  readAhead('api/requests')
  await vi.waitFor(async () => {
    serve()
    expect(await readJson('api/requests')).toEqual({ answer: 1 })
  })
})
