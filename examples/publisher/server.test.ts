import { Agent, createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { addressOf, closeServer, listen } from './server.js'

/** A server with one open request, on a connection that its client would keep for long. */
async function withOpenRequest(): Promise<{ server: Server; answer: () => void; got: Promise<string> }> {
  const server = createServer({ keepAliveTimeout: 60_000 })
  await listen(server, 0, '127.0.0.1')
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  const got = new Promise<string>((resolve, reject) => {
    const read = (res: IncomingMessage): unknown => res.setEncoding('utf8').on('data', resolve)
    get(addressOf(server), { agent }, read).on('error', (error) => resolve(error.message))
    server.on('error', reject)
  })
  const res = await new Promise<ServerResponse>((resolve) => server.on('request', (_req, res) => resolve(res)))
  return { server, answer: () => res.end('done'), got }
}

test('a closing server waits for an open request, and no longer', async () => {
  const { server, answer, got } = await withOpenRequest()
  const closed = closeServer(server, 60_000)
  answer()
  expect(await got).toBe('done')
  await closed
})

test('a closing server destroys connections that take longer than patienceMs', async () => {
  const { server, got } = await withOpenRequest()
  await closeServer(server, 20)
  expect(await got).toBe('socket hang up')
})

test.each([
  ['127.0.0.1', /^http:\/\/127\.0\.0\.1:\d+$/],
  ['0.0.0.0', /^http:\/\/127\.0\.0\.1:\d+$/],
])('a server on %s has an address that can be opened', async (host, address) => {
  const server = createServer()
  await listen(server, 0, host)
  onTestFinished(() => closeServer(server))
  expect(addressOf(server)).toMatch(address)
})
