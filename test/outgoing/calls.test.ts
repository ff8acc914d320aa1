import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { WorkContext } from '../../src/context/request-context.js'
import type { CallList } from '../../src/work/calls.js'
import { clients } from './clients.js'
import { following, target } from './started.js'

const body = 'x'.repeat(1_000)
const answering =
  (status: number): RequestListener =>
  (_, response) =>
    response.writeHead(status).end(body)

function timeUp(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController()
  const abort = (): void => controller.abort(new DOMException('The operation timed out', 'TimeoutError'))
  return { signal: controller.signal, abort }
}

const hangUp: RequestListener = (request) => request.socket.destroy()
const halfAnswer: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-length': '1000' })
  response.write('half', () => response.destroy())
}

describe.each(Object.entries(clients))('a call by %s', (name, call) => {
  test('leaves one line in the logger of its host, with the id and account of its request', async () => {
    const blog = await target(answering(200))
    const followed = following([{ host: blog.host, logger: 'blog' }])
    await followed.inRequest('r1', () => call(`${blog.url}/posts/77?token=secret`))
    const [line, ...more] = await followed.lines(1)
    expect(more).toEqual([])
    expect(line).toMatchObject({ level: 'info', requestId: 'r1', account: 'acme', method: 'GET', host: blog.host })
    expect(line).toMatchObject({ route: '/posts/:id', status: 200, durationMs: expect.any(Number) })
    expect(line?.message).toMatch(/^GET 127\.0\.0\.1:\d+\/posts\/:id 200 [\d.]+ ms$/)
    expect(line).not.toHaveProperty('errorCode')
    expect(JSON.stringify(line)).not.toContain('secret')
  })

  test('sends the id and trace of its request to listed hosts only', async () => {
    const [blog, stranger] = [await target(answering(200)), await target(answering(200))]
    const followed = following([
      { host: blog.host, logger: 'blog', propagate: true },
      { host: `localhost:${stranger.port}` },
    ])
    await followed.inRequest('r1', async () => {
      await call(blog.url)
      await call(stranger.url)
    })
    expect(blog.received[0]?.headers).toMatchObject({
      'x-request-id': 'r1',
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/),
    })
    expect(blog.received[0]?.headers['traceparent']).toContain((await followed.lines(1))[0]?.traceId)
    expect(stranger.idsOf(0)).toEqual([])
  })

  test('outside a request sends no ids, and its line has no id', async () => {
    const blog = await target(answering(200))
    const followed = following([{ host: blog.host, logger: 'blog', propagate: true }])
    await call(blog.url)
    expect((await followed.lines(1))[0]).not.toHaveProperty('requestId')
    expect(blog.idsOf(0)).toEqual([])
  })

  test('keeps headers that the service set itself, once', async () => {
    const blog = await target(answering(200))
    const followed = following([{ host: blog.host, propagate: true }])
    const own = { 'X-Request-ID': 'mine', Traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }
    await followed.inRequest('r1', () => call(blog.url, { headers: own }))
    expect(blog.idsOf(0).sort()).toEqual(['traceparent', 'x-request-id'])
    expect(blog.received[0]?.headers).toMatchObject({ 'x-request-id': 'mine', traceparent: own.Traceparent })
  })

  test.each([
    [404, 'warn'],
    [429, 'warn'],
    [503, 'error'],
    [302, 'info'],
  ])('that is answered with %i is logged at level %s', async (status, level) => {
    const blog = await target(answering(status))
    const followed = following([{ host: blog.host, logger: 'blog' }])
    await followed.inRequest('r1', () => call(blog.url))
    expect((await followed.lines(1))[0]).toMatchObject({ level, status })
  })

  test('that is refused or cut off logs the reason', async () => {
    const [gone, rude] = [await target(answering(200)), await target(hangUp)]
    const [goneHost, rudeHost] = [gone.host, rude.host]
    await gone.stop()
    const followed = following([
      { host: goneHost, logger: 'blog' },
      { host: rudeHost, logger: 'blog' },
    ])
    await followed.inRequest('r1', () => call(`http://${goneHost}/`).catch(() => {}))
    await followed.inRequest('r2', () => call(`http://${rudeHost}/`).catch(() => {}))
    const [refused, reset] = await followed.lines(2)
    expect(refused).toMatchObject({ level: 'error', requestId: 'r1', errorCode: 'ECONNREFUSED' })
    expect(refused).not.toHaveProperty('status')
    expect(reset).toMatchObject({
      level: 'error',
      requestId: 'r2',
      errorCode: expect.stringMatching(/^(UND_ERR_SOCKET|ECONNRESET)$/),
    })
  })

  test('that gets half a response has its status and the reason of the failure', async () => {
    const blog = await target(halfAnswer)
    const followed = following([{ host: blog.host, logger: 'blog' }])
    await followed.inRequest('r1', () => call(blog.url).catch(() => {}))
    const [line] = await followed.lines(1)
    expect(line).toMatchObject({ level: 'error', status: 200, errorCode: expect.stringMatching(/^(UND_ERR_|ECONN)/) })
  })

  test('has the times of its start, of the response head and of the end', async () => {
    let answer = (): void => {}
    const blog = await target((_, response) => {
      response.writeHead(200).write('half')
      answer = () => response.end()
    })
    const followed = following([])
    const before = performance.now()
    let calls: CallList | undefined
    const asked = followed.inRequest('r1', () => {
      const answered = call(blog.url)
      calls = (followed.spoor.context() as WorkContext).work.calls
      return answered
    })
    while (calls?.kept[0]?.firstByte === undefined) await new Promise(setImmediate)
    const between = performance.now()
    answer()
    await asked
    while (calls.kept[0]?.end === undefined) await new Promise(setImmediate)
    const { start, firstByte, end } = calls.kept[0]
    const times = [before, start, firstByte, between, end, performance.now()]
    expect(times).toEqual(times.toSorted((one, other) => (one ?? 0) - (other ?? 0)))
  })

  test('does not count early hints as the response', async () => {
    const blog = await target((request, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' }, () => {
        if (request.url === '/gone') request.socket.destroy()
        else response.end(body)
      })
    })
    const followed = following([{ host: blog.host, logger: 'blog' }])
    const calls = await followed.inRequest('r1', async () => {
      for (const path of ['/', '/gone']) await call(blog.url + path).catch(() => {})
    })
    expect(calls?.kept[1]?.firstByte).toBeUndefined()
    expect((await followed.lines(2)).map(({ level, status }) => [level, status])).toEqual([
      ['info', 200],
      ['error', undefined],
    ])
  })

  test('that times out before or during the response logs the timeout', async () => {
    const blog = await target((request, response) => {
      if (request.url === '/half') response.writeHead(200).write('half')
    })
    const followed = following([{ host: blog.host, logger: 'blog' }])
    // As AbortSignal.timeout does it, as soon as the call is where it shall run out of time.
    for (const path of ['/', '/half']) {
      const { signal, abort } = timeUp()
      let calls: CallList | undefined
      const asked = followed.inRequest('r1', () => {
        const answered = call(blog.url + path, { signal }).catch(() => {})
        calls = (followed.spoor.context() as WorkContext).work.calls
        return answered
      })
      const isThere = (): boolean => blog.received.some(({ url }) => url === path)
      while (path === '/' ? !isThere() : calls?.kept[0]?.firstByte === undefined) await new Promise(setImmediate)
      abort()
      await asked
    }
    const [silent, half] = await followed.lines(2)
    expect(silent).toMatchObject({
      level: 'error',
      errorCode: expect.stringMatching(/^(TimeoutError|ABORT_ERR|AbortError)$/),
    })
    expect(half).toMatchObject({ status: 200 })
    expect(half?.errorCode ?? half?.aborted).toBeDefined()
  })

  test('counts the bytes of its connection, also on a kept-alive connection', async () => {
    const moved: { read: number; written: number; reused: boolean }[] = []
    const before = new WeakMap<Socket, { read: number; written: number }>()
    const blog = await target((request, response) => {
      const { socket } = request
      const { read, written } = before.get(socket) ?? { read: 0, written: 0 }
      request.resume().on('end', () => {
        response.end(body, () => {
          const reused = before.has(socket)
          moved.push({ read: socket.bytesRead - read, written: socket.bytesWritten - written, reused })
          before.set(socket, { read: socket.bytesRead, written: socket.bytesWritten })
        })
      })
    })
    const followed = following([{ host: blog.host, logger: 'blog' }])
    const ask = name === 'http.get' ? {} : { method: 'POST', body: 'y'.repeat(500) }
    const calls = await followed.inRequest('r1', async () => {
      for (let at = 0; at < 3; at++) await call(blog.url, ask)
    })
    await followed.lines(3)
    const told = calls?.kept.map(({ readBytes, writtenBytes, reused }) => ({
      read: writtenBytes,
      written: readBytes,
      reused,
    }))
    expect(told).toEqual(moved)
    expect(moved.at(-1)?.reused).toBe(true)
  })

  test('is counted a thousand times in one request, of which the first fifty are kept', async () => {
    const blog = await target(answering(204))
    const followed = following([])
    const calls = await followed.inRequest('r1', async () => {
      for (let at = 0; at < 50; at++) await Promise.all(Array.from({ length: 20 }, () => call(blog.url)))
    })
    expect(calls?.kept).toHaveLength(50)
    expect(calls?.sum(performance.now())).toMatchObject({ calls: 1_000 })
    expect(calls?.byHost(performance.now())).toEqual({ [blog.host]: calls?.sum(performance.now()) })
  })

  test('that outlives its request leaves its line with the id', async () => {
    let answer = (): void => {}
    const blog = await target((_, response) => {
      answer = () => response.end(body)
    })
    const followed = following([{ host: blog.host, logger: 'blog' }])
    let late: Promise<unknown> | undefined
    await followed.inRequest('r1', () => {
      late = call(blog.url)
    })
    while (blog.received.length === 0) await new Promise(setImmediate)
    answer()
    await late
    expect((await followed.lines(1))[0]).toMatchObject({ requestId: 'r1', account: 'acme', status: 200 })
  })

  test('that is open when Spoor closes leaves its line then, and later calls leave no line', async () => {
    const blog = await target((request, response) => void (request.url === '/quick' && response.end()))
    const followed = following([{ host: blog.host, logger: 'blog', propagate: true }])
    const silent = followed.inRequest('r1', () => call(blog.url).catch(() => {}))
    while (blog.received.length === 0) await new Promise(setImmediate)
    await followed.spoor.close()
    expect((await followed.lines(1))[0]).toMatchObject({ requestId: 'r1', unfinished: true })
    await followed.inRequest('r2', () => call(`${blog.url}/quick`))
    expect(blog.idsOf(1)).toEqual([])
    await blog.stop()
    await silent
    expect(await followed.lines(1)).toHaveLength(1)
  })
})
