import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { connect as connectHttp2, constants, createServer as createHttp2Server } from 'node:http2'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Duplex, pipeline, Readable } from 'node:stream'
import express from 'express'
import { createSpoor, defineLogs, type Spoor } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { spoorNode } from 'spoor/node'
import { describe, expect, it, onTestFinished } from 'vitest'

/** The line that a request leaves in the logger `requests`, and the size of all files. */
async function lineOf(
  app: (spoor: Spoor) => RequestListener,
  bytes: string,
  upgrade: (socket: Duplex) => unknown = refuse,
  until: Promise<unknown> = Promise.resolve(),
  leave?: (client: Socket) => unknown,
): Promise<{ line: Record<string, unknown>; lines: Record<string, unknown>[]; size: number }> {
  const { directory, logs, spoor, requestLines } = opened()
  const server = createServer(app(spoor))
  server.on('upgrade', (_request, socket) => upgrade(socket))
  spoor.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').resume()
  client.on('error', () => undefined)
  client.write(bytes)
  if (leave !== undefined) client.once('data', () => leave(client))
  await once(client, 'close')
  await until
  server.close()
  await spoor.close()
  await logs.close()
  const lines = requestLines()
  const size = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0)
  return { line: lines[0] ?? {}, lines, size }
}

/** An instance with a folder of its own for one test, and the lines of `requests` once it is closed. */
function opened() {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-lines-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { requests: { console: false } },
  })
  const requestLines = (): Record<string, unknown>[] =>
    readFileSync(join(directory, 'requests.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  return { directory, logs, spoor: createSpoor({ service: 'lines', logs }), requestLines }
}

const get = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

const idle: RequestListener = (_request, _response) => undefined

const refuse = (socket: Duplex): void => {
  socket.write('HTTP/1.1 401 Unauthorized\r\n\r\n')
  socket.destroy()
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** One handler behind each adapter. */
const adapters: [string, (handler: Handler) => (spoor: Spoor) => RequestListener][] = [
  ['spoor/node', (handler) => (spoor) => spoorNode(spoor, { handler }) as RequestListener],
  [
    'spoor/express',
    (handler) => (spoor) => {
      const s = spoorExpress(spoor)
      return express().use(s).get('/', handler).use(s.errors) as unknown as RequestListener
    },
  ],
]

describe('the line of a request', () => {
  it('has the error that broke a response in the service, and is not marked as aborted', async () => {
    const { line } = await lineOf(
      () => (_request, response) => {
        response.write('half')
        response.destroy(new Error('the file ended'))
      },
      'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    )
    expect(line).not.toHaveProperty('aborted')
    expect(line).toMatchObject({ error: { message: 'the file ended' } })
  })

  /** What a client gets from a half response that `end` ends. */
  const half = (end: (request: IncomingMessage, response: ServerResponse) => unknown) => () =>
    ((request, response) => {
      response.write('half', () => setImmediate(() => end(request, response)))
    }) as RequestListener

  const reset = (): Error => Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
  const ours: [string, string, (request: IncomingMessage, response: ServerResponse) => unknown][] = [
    ['an upstream that reset its connection', 'aborted', (_, response) => response.destroy(reset())],
    ['an upstream that closed too early', 'Premature close', (_, response) => pipeline(closing(), response, () => {})],
    ['request.destroy(error)', 'too much', (request) => request.destroy(new Error('too much'))],
    ['socket.destroy(error)', 'too much', (request) => request.socket.destroy(new Error('too much'))],
  ]

  function closing(): Readable {
    const upstream = new Readable({ read() {} })
    setImmediate(() => upstream.destroy())
    return upstream
  }

  it.each(ours)('has the error if %s broke a response, and is not marked as aborted', async (_, message, end) => {
    const { line } = await lineOf(half(end), 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(line).not.toHaveProperty('aborted')
    expect(line).toMatchObject({ level: 'error', error: { message } })
  })

  it.each([
    ['an error', (response: ServerResponse) => response.destroy(new Error('the file ended')), 'the file ended'],
    ['an upstream that reset its connection', (response: ServerResponse) => response.destroy(reset()), 'aborted'],
    ['a client that reset it', undefined, undefined],
  ])('has the error over HTTP/2 if %s broke a response', async (_, end, message) => {
    const { logs, spoor, requestLines } = opened()
    const handler = (_request: IncomingMessage, response: ServerResponse): void => {
      response.write('half', () => end?.(response))
    }
    const server = createHttp2Server(spoorNode(spoor, { handler }))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const stream = session.request({ ':path': '/' }).on('error', () => undefined)
    stream.on('data', () => end === undefined && stream.close(constants.NGHTTP2_CANCEL))
    await new Promise((resolve) => stream.on('close', resolve))
    session.close()
    server.close()
    await spoor.close()
    await logs.close()
    const [line] = requestLines()
    if (message === undefined) expect(line).toMatchObject({ level: 'info', aborted: true })
    else expect(line).toMatchObject({ level: 'error', error: { message } })
    expect(Object.keys(line ?? {}).includes('aborted')).toBe(message === undefined)
  })

  it.each(['end', 'resetAndDestroy'] as const)('says that the client left, by %s', async (leave) => {
    const { line } = await lineOf(
      () => (_request, response) => {
        response.write('half')
        response.on('close', () => response.destroy(reset()))
      },
      'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
      refuse,
      undefined,
      (client) => client[leave](),
    )
    expect(line).toMatchObject({ level: 'info', aborted: true })
    expect(line).not.toHaveProperty('error')
  })

  it('has the status of a 200 to a WebSocket, which is a refusal', async () => {
    const { line } = await lineOf(
      () => idle,
      upgrade,
      (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nno WebSocket here'),
    )
    expect(line).toMatchObject({ status: 200 })
    expect(line).not.toHaveProperty('upgraded')
  })

  it('has the status of a refused WebSocket', async () => {
    const { line } = await lineOf(() => idle, upgrade)
    expect(line).toMatchObject({ status: 401 })
    expect(line).not.toHaveProperty('upgraded')
  })

  it('marks a WebSocket that was dropped without a response neither as upgraded nor as aborted', async () => {
    const { line } = await lineOf(
      () => idle,
      upgrade,
      (socket) => socket.destroy(),
    )
    expect(line).toMatchObject({ kind: 'request', path: '/' })
    for (const name of ['upgraded', 'aborted', 'status']) expect(line).not.toHaveProperty(name)
  })

  it.each([
    ['101', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['bytes that are not a status line', 'hello'],
  ])('marks a WebSocket as upgraded if it got %s', async (_, bytes) => {
    const { line } = await lineOf(
      () => idle,
      upgrade,
      (socket) => socket.end(bytes),
    )
    expect(line).toMatchObject({ upgraded: true })
  })

  describe.each(adapters)('of %s', (_, behind) => {
    it('has the error of a handler that fails during its response, and says that the client got a part', async () => {
      const { line } = await lineOf(
        behind(async (_request, response) => {
          response.write('half')
          throw new Error('the second half is missing')
        }),
        get,
      )
      expect(line).toMatchObject({
        level: 'error',
        status: 200,
        aborted: true,
        error: { message: 'the second half is missing' },
      })
    })

    it('has the error of a handler that fails between the last write of its response and its end', async () => {
      const { lines } = await lineOf(
        behind(async (_request, response) => {
          // It takes a while until the client has it all.
          response.end(Buffer.alloc(32 << 20))
          throw new Error('what follows is broken')
        }),
        get,
      )
      expect(lines).toMatchObject([{ level: 'error', status: 200, error: { message: 'what follows is broken' } }])
      expect(lines[0]).not.toHaveProperty('aborted')
    })

    it('is followed by the error of a handler that fails after its end', async () => {
      let failed = (): void => undefined
      const until = new Promise<void>((resolve) => {
        failed = resolve
      })
      const { lines } = await lineOf(
        behind(async (_request, response) => {
          response.end('whole')
          await once(response, 'close')
          setImmediate(failed)
          throw new Error('it came late')
        }),
        get,
        refuse,
        until,
      )
      const [line, late] = lines
      expect(line).toMatchObject({ kind: 'request', level: 'info', status: 200 })
      expect(late).toMatchObject({ kind: 'late', of: 'request', level: 'error', status: 500, id: line?.['id'] })
      expect(late).toMatchObject({ error: { message: 'it came late' }, requestId: line?.['requestId'] })
    })

    it('is the only line of a request whose client left, even if the handler then fails', async () => {
      let heard = (): void => undefined
      const until = new Promise<void>((resolve) => {
        heard = resolve
      })
      const { lines } = await lineOf(
        behind(async (request, response) => {
          response.write('half')
          request.socket.destroy()
          await once(response, 'close')
          setImmediate(heard)
          throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
        }),
        get,
        refuse,
        until,
      )
      expect(lines).toMatchObject([{ status: 200, aborted: true }])
    })
  })

  it('stays below 8 KB with a path of 15 KB', async () => {
    const path = `/${'"'.repeat(15_000)}`
    const { size } = await lineOf(
      () => (_request, response) => response.end(),
      `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    )
    expect(size).toBeLessThan(8_192)
  })
})
