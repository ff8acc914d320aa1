// A secret in every place of a request that its line could take it from, through the fast path of the request line and
// through the general path: it stands in no file. An account is left out: lines are read by it, so it stands there as it is.
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, request as requestTo } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { createSpoor, defineLogs, type Entry } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { describe, expect, onTestFinished, test } from 'vitest'

const canary = 'sk-ant-canary0123456789abcdefghij'
const safe = '/posts/7'

interface Place {
  path?: string
  route?: string
  method?: string
  user?: string
  headers?: Record<string, string>
}

const places: Readonly<Record<string, Place>> = {
  'the path': { path: `/reset/${canary}` },
  'a part of a segment': { path: `/reset/a-${canary}.json` },
  'the query': { path: `${safe}?token=${canary}&next=${canary}` },
  'the query of an encoded path': { path: `/a%3Ftoken%3D${canary}` },
  'a fragment': { path: `${safe}#${canary}` },
  'the route': { path: `/hooks/${canary}`, route: `/hooks/${canary}` },
  'the user': { user: canary },
  'a method that the service put there': { method: canary },
  Authorization: { headers: { authorization: `Bearer ${canary}` } },
  Cookie: { headers: { cookie: `session=${canary}` } },
  'X-Request-ID': { headers: { 'x-request-id': canary } },
  traceparent: { headers: { traceparent: `00-${canary}-00f067aa0ba902b7-01` } },
  tracestate: { headers: { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: `a=${canary}` } },
  'User-Agent and Referer': { headers: { 'user-agent': canary, referer: `http://a/?token=${canary}` } },
  'X-Forwarded-For': { headers: { 'x-forwarded-for': canary, forwarded: `for=${canary}` } },
}

const paths: Readonly<Record<string, ((entry: Entry) => Entry) | undefined>> = {
  'the fast path': undefined,
  'the general path': (entry) => entry,
}

/** Everything that a service wrote that answered one request. */
async function writtenOf(place: Place, beforeLine: ((entry: Entry) => Entry) | undefined): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-canary-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { requests: { console: false } },
    beforeLine,
  })
  const spoor = createSpoor({ service: 'canary', logs })
  const app = express()
  const server = createServer(app)
  spoor.attach(server)
  server.prependListener('request', (request) => {
    if (place.method !== undefined) request.method = place.method
  })
  const s = spoorExpress(spoor, { account: () => ({ account: 'acme', user: place.user ?? 'mara' }) })
  app.use(s)
  app.all(place.route ?? '/{*rest}', (_request, response) => void response.json({ ok: true }))
  app.use((_request: express.Request, response: express.Response) => void response.json({ ok: true }))
  app.use(s.errors)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const call = requestTo({ port, host: '127.0.0.1', path: place.path ?? safe, headers: place.headers ?? {} }).end()
  const [response] = await once(call, 'response')
  await once(response.resume(), 'end')
  server.close()
  await spoor.close()
  await logs.close()
  return readdirSync(directory)
    .filter((name) => !name.startsWith('.'))
    .map((name) => readFileSync(join(directory, name), 'utf8'))
    .join('')
}

describe.each(Object.keys(paths))('through %s', (path) => {
  test.each(Object.keys(places))('a secret in %s stands in no line', async (place) => {
    const written = await writtenOf(places[place] as Place, paths[path])
    expect(written).toContain('"kind":"request"')
    expect(written).not.toContain(canary)
    expect(written).not.toContain('canary0123')
  })

  test('a harmless request has its path, route, user and account on its line', async () => {
    const line = JSON.parse(await writtenOf({ route: '/posts/:id' }, paths[path]))
    expect(line).toMatchObject({ path: safe, route: '/posts/:id', user: 'mara', account: 'acme', method: 'GET' })
  })
})
