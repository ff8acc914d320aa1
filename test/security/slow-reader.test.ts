import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createRequire } from 'node:module'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { createSpoor, defineLogs } from 'spoor'
import { afterAll, describe, expect, it } from 'vitest'
import { clientKey, serverKey } from '../conformance/shared-key.js'

// Of Express: what its users install.
type OnFinished = (response: object, listener: (error: Error | null) => void) => void
const onFinished = createRequire(createRequire(import.meta.url).resolve('express'))('on-finished') as OnFinished

const directory = mkdtempSync(join(tmpdir(), 'spoor-slow-'))
afterAll(() => rmSync(directory, { recursive: true }))

const broken = 'GET / HTTP/1.1\r\nHost: a\r\n\r\nno request\r\n\r\n'
const whole = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf'

/** What happens to the server's socket when its client sends `bytes` and reads nothing. */
async function eventsOf(bytes: string, attached: boolean, body: number, over: 'TCP' | 'TLS'): Promise<string[]> {
  const limits = { headersTimeout: 200, requestTimeout: 200, connectionsCheckingInterval: 20 }
  const server: Server = over === 'TLS' ? createTlsServer({ ...limits, ...serverKey }) : createServer(limits)
  const events: string[] = []
  server.on('request', (_request, response) => {
    // Express, morgan and others learn by it how a response ended.
    onFinished(response, (error) => events.push(`response ${error?.message ?? 'without an error'}`))
    response.end(Buffer.alloc(body))
  })
  const logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { requests: { console: false } },
  })
  const spoor = createSpoor({ service: 'slow', logs })
  if (attached) spoor.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, over === 'TLS' ? 'secureConnection' : 'connection') as Promise<[Socket]>
  const { port } = server.address() as AddressInfo
  const at = { port, host: '127.0.0.1' }
  const client = over === 'TLS' ? connectTls({ ...at, ...clientKey }) : connect(at)
  client.on('error', () => undefined)
  // A TLS client that reads nothing at all does not get as far as its request.
  await once(client, over === 'TLS' ? 'secureConnect' : 'connect')
  client.pause()
  client.write(bytes)
  const [socket] = await accepted
  socket.on('error', (error: NodeJS.ErrnoException) => events.push(`error ${error.code}`))
  const closed = new Promise<void>((resolve) => {
    socket.on('close', (hadError) => {
      events.push(`close ${hadError}`)
      resolve()
    })
  })
  await closed
  // What ended the response is told in the same turn, or the next.
  await new Promise(setImmediate)
  client.destroy()
  server.close()
  await spoor.close()
  await logs.close()
  return events
}

describe.each(['TCP', 'TLS'] as const)('a client over %s that does not read', (over) => {
  it.each([
    ['sends bytes that are not a request behind a request', broken, 64 << 20],
    ['sends half a request and waits', whole, 64 << 20],
    ['sends half a request, its answer fits', whole, 10],
    ['sends only malformed bytes', 'no request\r\n\r\n', 10],
  ])('loses its connection with an error as on plain Node when it %s', async (_, bytes, body) => {
    const plain = await eventsOf(bytes, false, body, over)
    expect(plain.filter((event) => !event.startsWith('response'))).toHaveLength(2)
    expect(await eventsOf(bytes, true, body, over)).toEqual(plain)
  })
})
