import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { createSpoor, defineLogs, type Spoor } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { spoorNode } from 'spoor/node'
import { describe, expect, it, vi } from 'vitest'

/** The line that a request leaves in the logger `requests`, and the size of all files. */
async function lineOf(
  handler: RequestListener,
  bytes: string,
): Promise<{ line: Record<string, unknown>; size: number }> {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-lines-'))
  const logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { requests: { console: false } },
  })
  const spoor = createSpoor({ service: 'lines', logs })
  const server = createServer(handler)
  server.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 401 Unauthorized\r\n\r\n')
    socket.destroy()
  })
  spoor.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').resume()
  client.on('error', () => undefined)
  client.write(bytes)
  await once(client, 'close')
  server.close()
  await spoor.close()
  await logs.close()
  const text = readFileSync(join(directory, 'requests.jsonl'), 'utf8')
  const size = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0)
  rmSync(directory, { recursive: true })
  return { line: JSON.parse(text) as Record<string, unknown>, size }
}

type Listener = (spoor: Spoor, handler: () => Promise<void>) => RequestListener

const expressListener: Listener = (spoor, handler) => {
  const s = spoorExpress(spoor, { account: () => ({ account: 'acme', roles: ['admin'] }) })
  const app = express().use('/_spoor', s.inspector).use(s)
  app.get('/', async (_request, response) => {
    response.end('done')
    await handler()
  })
  return app.use(s.errors) as unknown as RequestListener
}

const nodeListener: Listener = (spoor, handler) =>
  spoorNode(spoor, {
    inspector: '/_spoor',
    account: () => ({ account: 'acme', roles: ['admin'] }),
    handler: async (_request, response) => {
      response.end('done')
      await handler()
    },
  }) as RequestListener

/** The lines of a request whose handler fails after the request's own line was written, and what the inspector reads back. */
async function linesAfterTheAnswer(
  listener: Listener,
): Promise<{ lines: Record<string, unknown>[]; record: Record<string, unknown> }> {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-lines-'))
  const file = join(directory, 'requests.jsonl')
  const quiet = { console: false } as const
  const logs = defineLogs({ directory, root: quiet, loggers: { requests: { ...quiet, flush: 'line' } } })
  const spoor = createSpoor({ service: 'lines', logs, inspector: { authorize: () => 'all' } })
  const lines = (): Record<string, unknown>[] =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
      : []
  const failing = async (): Promise<void> => {
    await vi.waitUntil(() => lines().length > 0, { timeout: 20_000 })
    throw new Error('after the answer')
  }
  const server = createServer(listener(spoor, failing))
  spoor.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { headers } = await fetch(url)
  await vi.waitUntil(() => lines().length > 1, { timeout: 20_000 })
  const read = await fetch(`${url}/_spoor/api/requests/${headers.get('x-request-id')}`)
  const record = (await read.json()) as Record<string, unknown>
  server.closeAllConnections()
  server.close()
  await spoor.close()
  await logs.close()
  const found = lines()
  rmSync(directory, { recursive: true })
  return { lines: found, record }
}

describe('the line of a request', () => {
  it('says what broke a response on our side, and not that the client left', async () => {
    const { line } = await lineOf((_request, response) => {
      response.write('half')
      response.destroy(new Error('the file ended'))
    }, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(line).not.toHaveProperty('aborted')
    expect(line).toMatchObject({ error: { message: 'the file ended' } })
  })

  it('has the status of a WebSocket that was refused', async () => {
    const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
    const { line } = await lineOf(() => undefined, upgrade)
    expect(line).toMatchObject({ status: 401 })
    expect(line).not.toHaveProperty('upgraded')
  })

  it.each([
    ['through spoor/express', expressListener],
    ['through spoor/node', nodeListener],
  ])('is followed by a late line with the error of a handler that fails after the answer, %s', async (_, listener) => {
    const { lines, record } = await linesAfterTheAnswer(listener)
    expect(lines.map(({ kind, status, error }) => [kind, status, (error as Error | undefined)?.message])).toEqual([
      ['request', 200, undefined],
      ['late', 500, 'after the answer'],
    ])
    expect(record).toMatchObject({ status: 200, error: { message: 'after the answer' } })
  })

  it('stays below 8 KB with a path of 15 KB', async () => {
    const path = `/${'"'.repeat(15_000)}`
    const { size } = await lineOf(
      (_request, response) => response.end(),
      `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    )
    expect(size).toBeLessThan(8_192)
  })
})
