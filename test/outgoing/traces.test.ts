import { expect, test } from 'vitest'
import type { Carried } from '../../src/context/carrier.js'
import { following, target } from './started.js'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`
const tracestate = 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'
const job: Carried = { v: 1, id: 'job-1', account: 'acme', traceparent, tracestate }

/** What a blog that may see ids is sent by a call with these headers, made in a job of that trace. */
async function sent(headers: Record<string, string>): Promise<{ headers: Record<string, unknown>; names: string[] }> {
  const blog = await target((_, response) => response.end('x'))
  const followed = following([{ host: blog.host, logger: 'blog', propagate: true }])
  await followed.spoor.runChild(job, {}, async () => (await fetch(blog.url, { headers })).text())
  expect((await followed.lines(1))[0]).toMatchObject({ requestId: 'job-1', traceId })
  return { headers: blog.received[0]?.headers ?? {}, names: blog.idsOf(0).sort() }
}

test('a trace continues with its flags and state, under a new parent', async () => {
  const { headers, names } = await sent({})
  expect(headers['traceparent']).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`))
  expect(headers['traceparent']).not.toBe(traceparent)
  expect([headers['tracestate'], names]).toEqual([tracestate, ['traceparent', 'tracestate', 'x-request-id']])
})

test('a tracestate that the service set stays, alone', async () => {
  const { headers, names } = await sent({ TraceState: 'own=1' })
  expect([headers['tracestate'], names]).toEqual(['own=1', ['traceparent', 'tracestate', 'x-request-id']])
})

test('a traceparent that the service set gets no tracestate of another trace', async () => {
  const { names } = await sent({ traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00` })
  expect(names).toEqual(['traceparent', 'x-request-id'])
})

test('a job, and a scope in it, continue the trace of their request through any queue', async () => {
  const blog = await target((_, response) => response.end('x'))
  const { spoor } = following([{ host: blog.host, propagate: true }])
  const carried = spoor.runChild(job, {}, () => JSON.parse(JSON.stringify(spoor.carry())) as Carried)
  expect(carried).toMatchObject({ traceparent, tracestate, parentId: 'job-1' })
  await spoor.runChild(carried, {}, () => spoor.run({}, async () => (await fetch(blog.url)).text()))
  expect(blog.received[0]?.headers).toMatchObject({ traceparent: expect.stringContaining(traceId), tracestate })
})

test('calls in a scope count for the request or job around it', async () => {
  const blog = await target((_, response) => response.end('x'))
  const followed = following([])
  const calls = await followed.inRequest('r1', () => followed.spoor.run({}, async () => (await fetch(blog.url)).text()))
  expect(calls?.kept).toHaveLength(1)
})
