import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import express from 'express'
import { createSpoor, defineLogs, type Spoor } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { spoorNode } from 'spoor/node'
import { describe, expect, it } from 'vitest'

/** The line that a request leaves in the logger `requests`, and the size of all files. */
async function lineOf(
  app: (spoor: Spoor) => RequestListener,
  bytes: string,
  upgrade: (socket: Duplex) => unknown = refuse,
  until: Promise<unknown> = Promise.resolve(),
): Promise<{ line: Record<string, unknown>; lines: Record<string, unknown>[]; size: number }> {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-lines-'))
  const logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { requests: { console: false } },
  })
  const spoor = createSpoor({ service: 'lines', logs })
  const server = createServer(app(spoor))
  server.on('upgrade', (_request, socket) => upgrade(socket))
  spoor.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').resume()
  client.on('error', () => undefined)
  client.write(bytes)
  await once(client, 'close')
  await until
  server.close()
  await spoor.close()
  await logs.close()
  const text = readFileSync(join(directory, 'requests.jsonl'), 'utf8')
  const size = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0)
  rmSync(directory, { recursive: true })
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line))
  return { line: lines[0] ?? {}, lines, size }
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
  it('says what broke a response on our side, and not that the client left', async () => {
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

  it('has the status of a WebSocket that was refused', async () => {
    const { line } = await lineOf(() => idle, upgrade)
    expect(line).toMatchObject({ status: 401 })
    expect(line).not.toHaveProperty('upgraded')
  })

  it('calls a WebSocket that was dropped without a word neither upgraded nor aborted', async () => {
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
  ])('calls a WebSocket upgraded that got %s', async (_, bytes) => {
    const { line } = await lineOf(
      () => idle,
      upgrade,
      (socket) => socket.end(bytes),
    )
    expect(line).toMatchObject({ upgraded: true })
  })

  describe.each(adapters)('of %s', (_, behind) => {
    it('has the error of a handler that fails in the middle of its answer, and says that the client got a part', async () => {
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

    it('has the error of a handler that fails between its answer and the end of that', async () => {
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

    it('is the only one of a request whose client left, when the handler then hears of that', async () => {
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
