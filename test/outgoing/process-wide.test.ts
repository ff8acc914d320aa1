import { hasSubscribers } from 'node:diagnostics_channel'
import http from 'node:http'
import https from 'node:https'
import { expect, test } from 'vitest'
import { Following } from './following.js'
import { following, target } from './started.js'

const channels = [
  'undici:request:create',
  'undici:client:sendHeaders',
  'undici:request:headers',
  'undici:request:trailers',
  'undici:request:error',
  'http.client.request.created',
  'http.client.request.start',
  'http.client.response.finish',
  'http.client.request.error',
  'http2.client.stream.created',
]
const agents = http.Agent.prototype as unknown as { readonly addRequest: unknown }
const clients = (): unknown[] => [http.request, http.get, https.request, https.get, agents.addRequest]

test('the last close removes all subscriptions and patches, also when close is called twice', async () => {
  const before = clients()
  const [first, second] = [new Following([]), new Following([])]
  expect(channels.filter((name) => !hasSubscribers(name))).toEqual([])
  await first.spoor.close()
  await first.spoor.close()
  expect(channels.filter((name) => !hasSubscribers(name))).toEqual([])
  await second.spoor.close()
  expect(channels.filter((name) => hasSubscribers(name))).toEqual([])
  expect(clients()).toEqual(before)
})

test("a patch that other code put over Spoor's stays, and Spoor's becomes inactive", async () => {
  const blog = await target((_, response) => response.end('x'))
  const followed = new Following([{ host: blog.host, logger: 'blog', propagate: true }])
  const ours = http.request
  const theirs = ((...args: Parameters<typeof ours>) => ours(...args)) as typeof ours
  http.request = theirs
  await followed.spoor.close()
  expect(http.request).toBe(theirs)
  await followed.inRequest('r1', async () => {
    await new Promise((resolve) => http.request(blog.url, (response) => response.resume().on('end', resolve)).end())
  })
  expect(blog.idsOf(0)).toEqual([])
  http.request = ours
})

test('two instances count a call once, and the first with a rule for its host writes the line', async () => {
  const blog = await target((_, response) => response.end('x'))
  const without = following([])
  const [first, second] = [1, 2].map(() => following([{ host: blog.host, logger: 'blog', propagate: true }]))
  const calls = await without.inRequest('r1', async () => (await fetch(blog.url)).text())
  expect(calls?.sum(performance.now()).calls).toBe(1)
  expect(await first?.lines(1)).toHaveLength(1)
  expect(await second?.lines(0)).toHaveLength(0)
  expect(blog.idsOf(0).sort()).toEqual(['traceparent', 'x-request-id'])
})

test('traceparent is left to OpenTelemetry if it propagates, and the request id is still sent', async () => {
  const blog = await target((_, response) => response.end('x'))
  const followed = following([{ host: blog.host, propagate: true }])
  const { propagation } = await import('@opentelemetry/api')
  propagation.setGlobalPropagator({ inject: () => {}, extract: (context) => context, fields: () => [] })
  try {
    await followed.inRequest('r1', async () => (await fetch(blog.url)).text())
  } finally {
    propagation.disable()
  }
  await followed.inRequest('r1', async () => (await fetch(blog.url)).text())
  expect([blog.idsOf(0), blog.idsOf(1).sort()]).toEqual([['x-request-id'], ['traceparent', 'x-request-id']])
})
