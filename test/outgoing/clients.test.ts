import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { connect as connectHttp2, createSecureServer } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  Agent,
  Client,
  getGlobalDispatcher,
  interceptors,
  ProxyAgent,
  RetryAgent,
  setGlobalDispatcher,
  fetch as undiciFetch,
  request as undiciRequest,
  WebSocket,
} from 'undici'
import { expect, test } from 'vitest'
import { outgoingSum } from '../../src/records/request-line.js'
import { clientKey, serverKey } from '../conformance/shared-key.js'
import { afterwards, following, target } from './started.js'

const versionHas = (major: number): boolean => Number(process.versions.node.split('.')[0]) >= major

test('a pool with fewer connections than calls gives each call the id of its own request', async () => {
  const blog = await target((_, response) => setTimeout(() => response.end('x'), 5))
  const followed = following([{ host: blog.host, logger: 'blog', propagate: true }])
  const dispatcher = new Agent({ connections: 2 })
  const ids = Array.from({ length: 12 }, (_, at) => `r${at}`)
  await Promise.all(
    ids.map((id) =>
      followed.inRequest(id, async () => {
        for (const at of [1, 2]) await (await undiciFetch(`${blog.url}/${id}/${at}`, { dispatcher })).text()
      }),
    ),
  )
  for (const { url, headers } of blog.received) {
    expect([url.split('/')[1], undefined]).toContain(headers['x-request-id'])
  }
  for (const { requestId, route } of await followed.lines(24)) {
    expect([route.split('/')[1], undefined]).toContain(requestId)
  }
  expect(blog.received.some(({ headers }) => headers['x-request-id'] === undefined)).toBe(true)
  expect(followed.warnings).toEqual([expect.stringContaining('limits its connections')])
  await dispatcher.close()
})

test('callbacks of undici have the stores of the call, not those of the call that opened the connection', async () => {
  const blog = await target((_, response) => response.end('x'))
  const followed = following([{ host: blog.host, logger: 'blog' }])
  const service = new AsyncLocalStorage<string>()
  const seen: (readonly [string | undefined, string | undefined])[] = []
  const dispatcher = new Agent().compose((dispatch) => (options, handler) => {
    const noting: typeof handler = {
      onRequestStart: (...args) => handler.onRequestStart?.(...args),
      onResponseStart: (...args) => handler.onResponseStart?.(...args),
      onResponseData: (...args) => handler.onResponseData?.(...args),
      onResponseError: (...args) => handler.onResponseError?.(...args),
      onResponseEnd(...args) {
        seen.push([followed.spoor.context()?.requestId, service.getStore()])
        handler.onResponseEnd?.(...args)
      },
    }
    return dispatch(options, noting)
  })
  for (const id of ['r1', 'r2', 'r3']) {
    await followed.inRequest(id, () =>
      service.run(id, async () => (await undiciRequest(blog.url, { dispatcher })).body.text()),
    )
  }
  expect(seen).toEqual([
    ['r1', 'r1'],
    ['r2', 'r2'],
    ['r3', 'r3'],
  ])
  await dispatcher.close()
})

test('each attempt of a client that retries is its own call', async () => {
  const blog = await target((_, response) => {
    response.writeHead(blog.received.length < 3 ? 503 : 200).end('x')
  })
  const followed = following([{ host: blog.host, logger: 'blog', propagate: true }])
  const dispatcher = new RetryAgent(new Agent(), { minTimeout: 1, maxTimeout: 1 })
  await followed.inRequest('r1', async () => (await undiciFetch(blog.url, { dispatcher })).text())
  expect((await followed.lines(3)).map(({ status, requestId }) => [status, requestId])).toEqual([
    [503, 'r1'],
    [503, 'r1'],
    [200, 'r1'],
  ])
  for (const at of [0, 1, 2]) expect(blog.idsOf(at).sort()).toEqual(['traceparent', 'x-request-id'])
  await dispatcher.close()
})

test('retries and redirects of undici over the connection of another request keep their id', async () => {
  const blog = await target(({ url = '' }, response) => {
    const [, id, how] = url.split('/')
    const isFirst = blog.received.filter((each) => each.url === url).length === 1
    if (how === 'retry' && isFirst) response.writeHead(503).end('x')
    else response.writeHead(how === 'redirect' ? 307 : 200, { location: `/${id}/end` }).end('x')
  })
  const followed = following([{ host: blog.host, logger: 'blog', propagate: true }])
  const agent = new Agent()
  const { redirect, retry } = interceptors
  const dispatcher = agent.compose(redirect({ maxRedirections: 2 }), retry({ minTimeout: 1, maxTimeout: 1 }))
  for (const id of ['r1', 'r2', 'r3']) {
    await followed.inRequest(id, async () => {
      for (const how of ['retry', 'redirect']) {
        await (await undiciRequest(`${blog.url}/${id}/${how}`, { dispatcher })).body.text()
      }
    })
  }
  await (await undiciRequest(`${blog.url}/nobody/redirect`, { dispatcher })).body.text()
  expect(blog.received.map(({ url, headers }) => [url.split('/')[1], headers['x-request-id'] ?? 'nobody'])).toEqual(
    ['r1', 'r2', 'r3']
      .flatMap((id) => Array.from({ length: 4 }, () => [id, id]))
      .concat(Array(2).fill(['nobody', 'nobody'])),
  )
  await dispatcher.close()
})

test('a retried call from a queue outside a request carries no id', async () => {
  const blog = await target((_, response) => setTimeout(() => response.writeHead(503).end('x'), 5))
  const followed = following([{ host: blog.host, logger: 'blog', propagate: true }])
  const dispatcher = new RetryAgent(new Agent({ connections: 1 }), { maxRetries: 2, minTimeout: 1, maxTimeout: 1 })
  await Promise.all(
    ['r1', 'r2', 'r3', 'r4'].map((id) =>
      followed.inRequest(id, async () => {
        for (const at of [1, 2]) await undiciFetch(`${blog.url}/${id}/${at}`, { dispatcher }).catch(() => {})
      }),
    ),
  )
  expect(blog.received).toHaveLength(4 * 2 * 3)
  for (const { url, headers } of blog.received) {
    expect([url.split('/')[1], undefined]).toContain(headers['x-request-id'])
  }
  await dispatcher.close()
})

test('a call through a proxy is followed instead of the tunnel, and only its target gets the id', async () => {
  const blog = await target((_, response) => response.end('x'))
  const tunnels: Record<string, unknown>[] = []
  const proxy = createServer()
  proxy.on('connect', ({ headers, url }, client: Socket) => {
    tunnels.push(headers)
    const upstream = connect(Number(url?.split(':')[1]), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      client.pipe(upstream).pipe(client)
    })
    for (const socket of [client, upstream]) socket.on('error', () => {})
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const { port } = proxy.address() as { port: number }
  const dispatcher = new ProxyAgent(`http://127.0.0.1:${port}`)
  afterwards(async () => {
    await dispatcher.destroy()
    proxy.close()
  })
  const followed = following([{ host: blog.host, logger: 'blog', propagate: true }])
  const calls = await followed.inRequest('r1', async () => (await undiciFetch(blog.url, { dispatcher })).text())
  expect(calls?.kept.map(({ host }) => host)).toEqual([blog.host])
  expect(blog.received[0]?.headers['x-request-id']).toBe('r1')
  expect(tunnels).toHaveLength(1)
  expect(tunnels[0]).not.toHaveProperty('x-request-id')
})

test('a global dispatcher of the service is followed, set before or after Spoor', async () => {
  const blog = await target((_, response) => response.end('x'))
  const before = getGlobalDispatcher()
  const followed = following([{ host: blog.host, logger: 'blog' }])
  setGlobalDispatcher(new Agent({ keepAliveTimeout: 10 }))
  afterwards(() => setGlobalDispatcher(before))
  await followed.inRequest('r1', async () => (await fetch(blog.url)).text())
  expect((await followed.lines(1))[0]).toMatchObject({ requestId: 'r1', status: 200 })
})

test('a Request that is used twice makes two calls and stays unchanged', async () => {
  const blog = await target((_, response) => response.end('x'))
  const followed = following([{ host: blog.host, logger: 'blog', propagate: true }])
  const asked = new Request(blog.url, { headers: { 'x-own': '1' } })
  const options = { host: '127.0.0.1', port: blog.port, headers: { 'x-own': '1' } }
  for (const id of ['r1', 'r2']) {
    await followed.inRequest(id, async () => {
      await (await fetch(asked)).text()
      const [response] = await once(request(options).end(), 'response')
      await once(response.resume(), 'end')
    })
  }
  expect(blog.received.map(({ headers }) => headers['x-request-id'])).toEqual(['r1', 'r1', 'r2', 'r2'])
  expect([[...asked.headers.keys()], options.headers]).toEqual([['x-own'], { 'x-own': '1' }])
})

test('headers in an array are sent unchanged: the call is timed and carries no id', async () => {
  const blog = await target((_, response) => response.end('x'))
  const followed = following([{ host: blog.host, logger: 'blog', propagate: true }])
  await followed.inRequest('r1', async () => {
    const made = request({
      host: '127.0.0.1',
      port: blog.port,
      headers: ['Host', blog.host, 'X-Own', '1'] as never,
    }).end()
    const [response] = await once(made, 'response')
    await once(response.resume(), 'end')
  })
  expect(blog.received[0]?.rawHeaders.slice(0, 4)).toEqual(['Host', blog.host, 'X-Own', '1'])
  expect(blog.idsOf(0)).toEqual([])
})

test('an unread response ends with its connection', async () => {
  const blog = await target((_, response) => response.end('x'))
  const followed = following([{ host: blog.host, logger: 'blog' }])
  const calls = await followed.inRequest('r1', async () => {
    await once(request(blog.url).end(), 'response')
  })
  expect(calls?.kept[0]?.end).toBeUndefined()
  await blog.stop()
  expect((await followed.lines(1))[0]).toMatchObject({ requestId: 'r1', status: 200 })
})

test('an unread response of fetch ends when it is garbage collected', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const blog = await target((_, response) => response.end(Buffer.alloc(3_000_000)))
  const followed = following([{ host: blog.host, logger: 'blog' }])
  const calls = await followed.inRequest('r1', async () => {
    await fetch(blog.url)
  })
  while (calls?.kept[0]?.end === undefined) {
    collect()
    await pause(5)
  }
  expect((await followed.lines(1))[0]).toMatchObject({ level: 'info', requestId: 'r1', status: 200, aborted: true })
})

test('a cancelled response is aborted, not failed', async () => {
  const blog = await target((_, response) => response.end(Buffer.alloc(3_000_000)))
  const followed = following([{ host: blog.host, logger: 'blog' }])
  await followed.inRequest('r1', async () => (await fetch(blog.url)).body?.cancel())
  await followed.inRequest('r2', async () => {
    const [response] = await once(request(blog.url).end(), 'response')
    response.destroy()
  })
  for (const line of await followed.lines(2)) expect(line).toMatchObject({ level: 'info', status: 200, aborted: true })
})

test('an upgrade ends with its 101 and has no bytes', async () => {
  const blog = await target(() => {})
  blog.server.on('upgrade', (_, socket) => socket.write('HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'))
  const followed = following([{ host: blog.host, logger: 'blog', propagate: true }])
  const calls = await followed.inRequest('r1', async () => {
    const made = request({ host: '127.0.0.1', port: blog.port, headers: { connection: 'upgrade', upgrade: 'x' } }).end()
    const [, socket] = await once(made, 'upgrade')
    afterwards(() => socket.destroy())
  })
  const [line] = await followed.lines(1)
  expect(line).toMatchObject({ requestId: 'r1', status: 101, level: 'info' })
  expect(calls?.kept[0]?.readBytes).toBeUndefined()
})

// A resolver without an answer gives up after 20 s or more.
test('a call to an unknown host name logs that reason', { timeout: 90_000 }, async () => {
  const followed = following([{ host: 'nowhere.invalid', logger: 'blog' }])
  await followed.inRequest('r1', () => fetch('http://nowhere.invalid/').catch(() => {}))
  expect((await followed.lines(1))[0]).toMatchObject({
    level: 'error',
    errorCode: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
  })
})

test('a call with a failed TLS handshake logs that reason', async () => {
  const secure = createSecureServer({ ...serverKey, allowHTTP1: true }, (_, response) => response.end('x'))
  secure.listen(0, '127.0.0.1')
  await once(secure, 'listening')
  afterwards(() => secure.close())
  const { port } = secure.address() as { port: number }
  const followed = following([{ host: `127.0.0.1:${port}`, logger: 'blog' }])
  await followed.inRequest('r1', () => fetch(`https://127.0.0.1:${port}/`).catch(() => {}))
  expect((await followed.lines(1))[0]).toMatchObject({
    level: 'error',
    errorCode: expect.stringMatching(/SSL|EPROTO|ECONNRESET/),
  })
})

test('calls of undici over HTTP/2 have times and no bytes, and streams of node:http2 are counted as unknown', async () => {
  const secure = createSecureServer(serverKey, (_, response) => response.end('x'))
  secure.listen(0, '127.0.0.1')
  await once(secure, 'listening')
  const { port } = secure.address() as { port: number }
  const dispatcher = new Agent({ allowH2: true, connect: clientKey as object })
  const session = connectHttp2(`https://127.0.0.1:${port}`, clientKey)
  afterwards(async () => {
    session.destroy()
    await dispatcher.destroy()
    secure.close()
  })
  const followed = following([{ host: `127.0.0.1:${port}`, logger: 'blog', propagate: true }])
  const calls = await followed.inRequest('r1', async () => {
    await (await undiciFetch(`https://127.0.0.1:${port}/`, { dispatcher })).text()
    await once(session.request({ ':path': '/' }).resume(), 'end')
  })
  expect((await followed.lines(1))[0]).toMatchObject({ requestId: 'r1', status: 200 })
  expect(calls?.kept).toHaveLength(1)
  expect(calls?.kept[0]?.readBytes).toBeUndefined()
  expect(calls?.unknown).toBe(versionHas(22) ? 1 : 0)
})

test('bytes are left out for calls that share a connection at the same time, and given for the next call', async () => {
  const waiting: (() => void)[] = []
  const blog = await target(({ url }, response) => {
    waiting.push(() => response.end('x'))
    if (url !== '/first') for (const answer of waiting.splice(0)) answer()
  })
  const followed = following([])
  const client = new Client(blog.url, { pipelining: 2 })
  const ask = async (path: string): Promise<void> => {
    await (await client.request({ path, method: 'GET', blocking: false })).body.text()
  }
  const calls = await followed.inRequest('r1', async () => {
    await ask('/before')
    await Promise.all([ask('/first'), ask('/second')])
    await ask('/after')
  })
  expect(calls?.kept.map(({ readBytes }) => readBytes !== undefined)).toEqual([true, false, false, true])
  expect(calls?.kept[3]?.readBytes).toBe(calls?.kept[0]?.readBytes)
  await client.close()
})

test('a WebSocket is counted as unknown and carries no id', async () => {
  const blog = await target((_, response) => response.end())
  const seen: (string | undefined)[] = []
  blog.server.on('upgrade', ({ headers }, socket) => {
    seen.push(headers['x-request-id']?.toString())
    socket.end('HTTP/1.1 403 No\r\n\r\n')
  })
  const followed = following([{ host: blog.host, logger: 'blog', propagate: true }])
  const calls = await followed.inRequest('r1', () => once(new WebSocket(`ws://${blog.host}`), 'error'))
  expect([seen, calls?.unknown, calls?.kept]).toEqual([[undefined], 1, []])
  expect(outgoingSum(calls)).toEqual({ calls: 0, ms: 0, unknown: 1, byHost: {} })
})

test('the total of overlapping calls is the time in which any of them was open', async () => {
  const blog = await target((request, response) => setTimeout(() => response.end(), Number(request.url?.slice(1))))
  const followed = following([])
  const calls = await followed.inRequest('r1', async () => {
    await Promise.all([60, 30, 50].map(async (ms) => (await fetch(`${blog.url}/${ms}`)).text()))
    await pause(40)
    await (await fetch(`${blog.url}/20`)).text()
  })
  const kept = calls?.kept ?? []
  const union = Math.max(...kept.slice(0, 3).map(({ end = 0 }) => end)) - (kept[0]?.start ?? 0)
  const last = (kept[3]?.end ?? 0) - (kept[3]?.start ?? 0)
  expect(calls?.sum(performance.now()).ms).toBeCloseTo(union + last, 6)
})
