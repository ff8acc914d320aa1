// A secret in each place of an outgoing call that the call's line could take it from, through the fast path of the line
// and through the general path: no file contains the secret.
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, request as requestTo } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSpoor, defineLogs, type Entry } from 'spoor'
import { describe, expect, onTestFinished, test } from 'vitest'

const canary = 'sk-ant-canary0123456789abcdefghij'
// A key without a digit is not folded to `:id`.
const plainCanary = 'sk-ant-canaryabcdefghijklmnop'

interface Place {
  path: string
  headers?: Record<string, string>
  status?: number
}

const places: Readonly<Record<string, Place>> = {
  'the path': { path: `/reset/${canary}` },
  'a path without digits': { path: `/reset/${plainCanary}` },
  'a part of a segment': { path: `/reset/a-${plainCanary}.json` },
  'the query': { path: `/posts/7?token=${canary}&next=${plainCanary}` },
  'the query of an encoded path': { path: `/a%3Ftoken%3D${plainCanary}` },
  'the path of a call that was refused': { path: `/reset/${plainCanary}`, status: 403 },
  'the path of a call that failed': { path: `/reset/${plainCanary}`, status: 500 },
  Authorization: { path: '/posts/7', headers: { authorization: `Bearer ${canary}` } },
  Cookie: { path: '/posts/7', headers: { cookie: `session=${canary}` } },
}

const paths: Readonly<Record<string, ((entry: Entry) => Entry) | undefined>> = {
  'the fast path': undefined,
  'the general path': (entry) => entry,
}

type Client = (url: string, headers: Record<string, string>) => Promise<unknown>

const clients: Readonly<Record<string, Client>> = {
  fetch: async (url, headers) => (await fetch(url, { headers })).text(),
  'http.request': async (url, headers) => {
    const [response] = await once(requestTo(url, { headers, agent: false }).end(), 'response')
    await once(response.resume(), 'close')
  },
}

/** Everything that a service wrote that made one call three times. */
async function writtenOf(
  client: Client,
  { path, headers = {}, status = 200 }: Place,
  beforeLine: ((entry: Entry) => Entry) | undefined,
): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-canary-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const server = createServer((_request, response) => void response.writeHead(status).end('{}'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { blog: { console: false, file: 'blog.log', format: 'json' }, requests: { console: false } },
    beforeLine,
  })
  const spoor = createSpoor({ service: 'canary', logs, outgoing: [{ host, logger: 'blog', propagate: true }] })
  await spoor.run({ account: 'acme' }, async () => {
    for (let time = 0; time < 3; time++) await client(`http://${host}${path}`, headers)
  })
  server.closeAllConnections()
  server.close()
  await spoor.close()
  await logs.close()
  return readdirSync(directory)
    .filter((name) => !name.startsWith('.'))
    .map((name) => readFileSync(join(directory, name), 'utf8'))
    .join('')
}

describe.each(Object.keys(paths))('through %s', (path) => {
  describe.each(Object.keys(clients))('of %s', (name) => {
    const client = clients[name] as Client

    test.each(Object.keys(places))('a secret in %s stands in no line', async (place) => {
      const written = await writtenOf(client, places[place] as Place, paths[path])
      expect(written.match(/"method":"GET"/g)).toHaveLength(3)
      expect(written).not.toMatch(/canary\w/)
    })

    test('a harmless call has its method, host, route and status on its line', async () => {
      const [line = ''] = (await writtenOf(client, { path: '/posts/7' }, paths[path])).split('\n')
      expect(JSON.parse(line)).toMatchObject({ method: 'GET', route: '/posts/:id', status: 200, account: 'acme' })
      expect(JSON.parse(line).message).toMatch(/^GET 127\.0\.0\.1:\d+\/posts\/:id 200 [\d.]+ ms$/)
    })
  })
})
