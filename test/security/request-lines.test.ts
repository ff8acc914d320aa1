import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSpoor, defineLogs } from 'spoor'
import { describe, expect, it } from 'vitest'

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

  it('stays below 8 KB with a path of 15 KB', async () => {
    const path = `/${'"'.repeat(15_000)}`
    const { size } = await lineOf(
      (_request, response) => response.end(),
      `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    )
    expect(size).toBeLessThan(8_192)
  })
})
