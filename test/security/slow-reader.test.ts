import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSpoor, defineLogs } from 'spoor'
import { afterAll, describe, expect, it } from 'vitest'

const directory = mkdtempSync(join(tmpdir(), 'spoor-slow-'))
afterAll(() => rmSync(directory, { recursive: true }))

const broken = 'GET / HTTP/1.1\r\nHost: a\r\n\r\nno request\r\n\r\n'
const whole = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf'

/** What happens to the server's socket when its client sends `bytes` and reads nothing. */
async function eventsOf(bytes: string, attached: boolean, body: number): Promise<string[]> {
  const server: Server = createServer({ headersTimeout: 200, requestTimeout: 200, connectionsCheckingInterval: 20 })
  server.on('request', (_request, response) => response.end(Buffer.alloc(body)))
  const logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { requests: { console: false } },
  })
  const spoor = createSpoor({ service: 'slow', logs })
  if (attached) spoor.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const events: string[] = []
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause()
  client.on('error', () => undefined)
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
  client.destroy()
  server.close()
  await spoor.close()
  await logs.close()
  return events
}

describe('a client that does not read', () => {
  it.each([
    ['sends bytes that are not a request behind a request', broken, 64 << 20],
    ['sends half a request and waits', whole, 64 << 20],
    ['sends half a request, its answer fits', whole, 10],
    ['sends nothing but nonsense', 'no request\r\n\r\n', 10],
  ])('loses its connection with an error as on plain Node when it %s', async (_, bytes, body) => {
    const plain = await eventsOf(bytes, false, body)
    expect(plain).toHaveLength(2)
    expect(await eventsOf(bytes, true, body)).toEqual(plain)
  })
})
