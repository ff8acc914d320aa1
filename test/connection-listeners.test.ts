import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSpoor, defineLogs } from 'spoor'
import { expect, it } from 'vitest'

type Counts = Record<string, number>

/** How many listeners the connection has for each event while each request is handled. */
async function listenersOn(bytes: string, attached: boolean): Promise<Counts[]> {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-listeners-'))
  const quiet = { console: false } as const
  const logs = defineLogs({ directory, root: quiet, loggers: { requests: quiet } })
  const spoor = createSpoor({ service: 'listeners', logs })
  const seen: Counts[] = []
  const count = (socket: Socket): void => {
    seen.push(Object.fromEntries(socket.eventNames().map((name) => [String(name), socket.listenerCount(name)])))
  }
  const server = createServer((request, response) => {
    count(request.socket)
    response.end('ok')
  })
  for (const event of ['connect', 'upgrade']) {
    server.on(event, (_request, socket: Socket) => {
      count(socket)
      socket.end('HTTP/1.1 200 OK\r\n\r\n')
    })
  }
  if (attached) spoor.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  for (const request of bytes.split('|')) {
    client.write(request)
    await once(client, 'data')
  }
  client.destroy()
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  await spoor.close()
  await logs.close()
  rmSync(directory, { recursive: true })
  return seen
}

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
it.each([
  ['a request', get],
  ['several requests, one after the other', `${get}|${get}|${get}`],
  ['a CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a CONNECT behind a request', `${get}|CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n`],
  ['an upgrade', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'],
])('the connection of %s has the listeners it has without Spoor', async (_, bytes) => {
  const plain = await listenersOn(bytes, false)
  expect(plain).toHaveLength(bytes.split('|').length)
  expect(await listenersOn(bytes, true)).toEqual(plain)
})
