import { channel } from 'node:diagnostics_channel'
import http from 'node:http'
import { describe, expect, test } from 'vitest'
import { type Client, clients } from './clients.js'
import { Following } from './following.js'
import { afterwards, following, target } from './started.js'

// What a channel's listener throws is an uncaught exception: Vitest fails the run for it, Node stops the process.
const cruel = (name: string): object => Object.defineProperty({}, name, { get: () => expect.fail(`${name} was read`) })

describe('a call can be aborted with any reason', () => {
  const { 'http.request': _, 'http.get': __, ...aborting } = clients
  test.each(Object.entries<Client>(aborting))('%s', async (_name, call) => {
    const blog = await target((request, response) => {
      if (request.url === '/half') response.writeHead(200).write('half')
    })
    const followed = following([{ host: blog.host, logger: 'blog' }])
    const reasons = [
      Object.create(null),
      cruel('code'),
      cruel('name'),
      cruel('toString'),
      Symbol('why'),
      null,
      7,
      'why',
    ]
    for (const reason of reasons) {
      for (const path of ['/', '/half']) {
        const received = blog.received.length
        const abort = new AbortController()
        const asked = followed.inRequest('r1', () => call(blog.url + path, { signal: abort.signal }).catch(() => {}))
        while (blog.received.length === received) await new Promise(setImmediate)
        abort.abort(reason)
        await asked
      }
    }
    const lines = await followed.lines(2 * reasons.length)
    for (const line of lines) expect(line.errorCode ?? line.aborted).toBeDefined()
    expect(followed.warnings).toEqual([])
  })
})

test('an invalid message on a diagnostics channel does no harm, and causes one warning', async () => {
  const followed = following([])
  for (const name of ['undici:request:create', 'http.client.request.start']) {
    for (const made of [{ request: {} }, { request: cruel('method') }, {}]) channel(name).publish(made)
  }
  await new Promise(setImmediate)
  expect(followed.warnings).toEqual([expect.stringContaining('could not be followed')])
})

test('a mock of http.request from before Spoor keeps its result', async () => {
  const { request } = http
  afterwards(() => {
    http.request = request
  })
  for (const made of [undefined, {}, { once: () => {} }]) {
    http.request = (() => made) as unknown as typeof request
    const followed = new Following([])
    expect(http.request('http://blog.example/')).toBe(made)
    await followed.spoor.close()
  }
})

test.each([
  ['prepareStackTrace', undefined],
  ['stackTraceLimit', 10],
])('calls are followed even if Error.%s cannot be changed', async (name, value) => {
  const blog = await target((_, response) => response.end('x'))
  const followed = following([{ host: blog.host, logger: 'blog', propagate: true }])
  const before = Object.getOwnPropertyDescriptor(Error, name)
  Object.defineProperty(Error, name, { value, writable: false, configurable: true })
  try {
    await followed.inRequest('r1', async () => {
      for (let at = 0; at < 2; at++) await (await fetch(blog.url)).text()
    })
  } finally {
    delete (Error as unknown as Record<string, unknown>)[name]
    if (before) Object.defineProperty(Error, name, before)
  }
  expect(blog.received.map(({ headers }) => headers['x-request-id'])).toEqual(['r1', 'r1'])
  expect(await followed.lines(2)).toHaveLength(2)
})

test('the prepareStackTrace of a service stays in place', async () => {
  const blog = await target((_, response) => response.end('x'))
  const followed = following([{ host: blog.host, logger: 'blog' }])
  const { prepareStackTrace, stackTraceLimit } = Error
  const own = (error: Error): string => `own ${error.message}`
  Error.prepareStackTrace = own
  try {
    await followed.inRequest('r1', async () => {
      for (let at = 0; at < 2; at++) await (await fetch(blog.url)).text()
    })
    expect([Error.prepareStackTrace, Error.stackTraceLimit]).toEqual([own, stackTraceLimit])
  } finally {
    Error.prepareStackTrace = prepareStackTrace
  }
})
