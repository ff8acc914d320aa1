import './testing/log-directory.js'
import { describe, expect, test } from 'vitest'
import type { Publisher } from './publisher.js'
import { type Answer, call, publishAs, start } from './testing/publisher.js'

const tracked = { 'x-debug-resource-tracking': 'true' }
const inspector = '/_spoor/api/requests'

interface Cost {
  cpu: { ms: number }
  waits: { outgoingMs: number }
  process: { cpuMs: number }
  outgoing: object[]
  summary: string
}

/** The record behind an answer, read by whom it belongs to. */
async function recordOf(publisher: Publisher, answer: Answer, token: string): Promise<Cost> {
  const id = answer.headers.get('x-resource-tracking-id') ?? ''
  const { status, json } = await call(publisher, 'GET', `${inspector}/${id}`, { token })
  expect(status).toBe(200)
  return json as unknown as Cost
}

describe('the cost of a request', () => {
  test('is its own CPU while fifty others use four times as much each', async () => {
    const publisher = await start()
    const work = (query: string, token: string, headers = {}) =>
      call(publisher, 'GET', `/api/v1/work?${query}`, { token, headers })
    await work('cpuMs=5', 'acme-admin', tracked)
    const others = Array.from({ length: 50 }, () => work('cpuMs=20&waitMs=200&chunks=20', 'globex-user'))
    const own = await work('cpuMs=5&waitMs=100&chunks=5', 'acme-admin', tracked)
    await Promise.all(others)
    const { cpu, process } = await recordOf(publisher, own, 'acme-admin')
    // Where it goes by the CPU of the whole process (before Node 23.9), its other threads do a part of it.
    expect(cpu.ms).toBeGreaterThan(2)
    // The 1,000 ms of the others do not count; other processes on the machine may add some.
    expect(cpu.ms).toBeLessThan(30)
    expect(process.cpuMs).toBeGreaterThan(5 * cpu.ms)
  })

  test('of publishing is mostly waiting for WordPress, and the record lists its two calls', async () => {
    const publisher = await start()
    const body = { title: 'A title', content: 'Some content' }
    const answer = await call(publisher, 'POST', '/api/v1/publish', { token: 'acme-admin', headers: tracked, body })
    const record = await recordOf(publisher, answer, 'acme-admin')
    expect(record.outgoing).toMatchObject([
      { method: 'POST', route: '/wp-json/wp/v2/posts', status: 201 },
      { method: 'GET', route: '/wp-json/wp/v2/posts/:id', status: 200 },
    ])
    expect(record.waits.outgoingMs).toBeGreaterThan(0)
    expect(record.summary).toMatch(/waiting for 127\.0\.0\.1/)
  })

  test('is told only to users with the right, and readable only within the account', async () => {
    const publisher = await start()
    const user = await call(publisher, 'GET', '/api/v1/work', { token: 'acme-user', headers: tracked })
    expect(user.headers.get('x-resource-tracking-id')).toBeNull()
    const admin = await call(publisher, 'GET', '/api/v1/work', { token: 'acme-admin', headers: tracked })
    const path = `${inspector}/${admin.headers.get('x-resource-tracking-id')}`
    const statusFor = async (token?: string) => (await call(publisher, 'GET', path, token ? { token } : {})).status
    expect(await statusFor('acme-admin')).toBe(200)
    expect(await statusFor('operator')).toBe(200)
    expect(await statusFor('globex-developer')).toBe(404)
    expect(await statusFor('acme-user')).toBe(403)
    expect(await statusFor()).toBe(401)
  })

  test('is not measured if the user does not ask', async () => {
    const publisher = await start()
    await publishAs(publisher, 'acme-admin')
    const { json } = await call(publisher, 'GET', `${inspector}?measured=true`, { token: 'operator' })
    expect(json.items).toEqual([])
    const all = await call(publisher, 'GET', `${inspector}?kind=request&account=acme`, { token: 'operator' })
    expect(all.json.items).toContainEqual(expect.objectContaining({ route: '/api/v1/publish', measured: false }))
  })
})
