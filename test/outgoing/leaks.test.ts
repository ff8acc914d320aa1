import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { createServer, Agent as HttpAgent, type RequestOptions, request } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, fetch as undiciFetch } from 'undici'
import { describe, expect, test } from 'vitest'
import { clientKey, serverKey } from '../conformance/shared-key.js'
import { afterwards, following, target } from './started.js'
import type { Target } from './target.js'

const insecure = new Agent({ connect: clientKey as object })
const follow = async (url: string): Promise<void> => {
  const response = await undiciFetch(url, { dispatcher: insecure })
  await response.text()
}

/** Four services on this machine that differ in name, port or scheme, each redirecting to where `to` says. */
async function services(): Promise<Record<'listed' | 'renamed' | 'port' | 'tls', Target>> {
  const elsewhere: Parameters<typeof Target.start>[0] = (request, response) => {
    const [to = '', ...rest] = (request.url ?? '').slice(1).split(',').filter(Boolean)
    if (to === '') response.end('here')
    else response.writeHead(307, { location: `${decodeURIComponent(to)}/${rest.join(',')}` }).end()
  }
  const tls = (listener: Parameters<typeof createHttpsServer>[1]) => createHttpsServer(serverKey, listener)
  const listed = await target(elsewhere)
  return { listed, renamed: listed, port: await target(elsewhere), tls: await target(elsewhere, tls as never) }
}

describe('over redirects', () => {
  test('each hop is a call of its own, and no unlisted host sees a header that Spoor adds', async () => {
    const { listed, port, tls } = await services()
    const followed = following([{ host: listed.host, logger: 'blog', propagate: true }])
    const origins: [string, Target][] = [
      [`http://${listed.host}`, listed],
      [`http://localhost:${listed.port}`, listed],
      [`http://${port.host}`, port],
      [`https://127.0.0.1:${tls.port}`, tls],
    ]
    for (const [first] of origins) {
      for (const [second] of origins) {
        for (const [third] of origins) {
          const hops = [second, third].map(encodeURIComponent).join(',')
          const calls = await followed.inRequest('r1', () => follow(`${first}/${hops}`))
          expect(calls?.kept.map(({ host }) => host)).toEqual([first, second, third].map((each) => new URL(each).host))
        }
      }
    }
    for (const at of port.received.keys()) expect(port.idsOf(at)).toEqual([])
    for (const at of tls.received.keys()) expect(tls.idsOf(at)).toEqual([])
    for (const [at, { headers }] of listed.received.entries()) {
      const own = headers.host === listed.host ? ['traceparent', 'x-request-id'] : []
      expect(listed.idsOf(at).sort()).toEqual(own)
    }
    expect(listed.received.length + port.received.length + tls.received.length).toBe(3 * 64)
  })

  test('a host without a port means the standard port of each scheme', async () => {
    const { listed, tls } = await services()
    const followed = following([{ host: '127.0.0.1', propagate: true }])
    await followed.inRequest('r1', async () => {
      await follow(`http://${listed.host}/`)
      await follow(`https://127.0.0.1:${tls.port}/`)
    })
    expect([listed.idsOf(0), tls.idsOf(0)]).toEqual([[], []])
  })
})

describe('by node:http', () => {
  const ask = async (options: RequestOptions): Promise<void> => {
    const [response] = await once(request({ host: '127.0.0.1', ...options }).end(), 'response')
    await once(response.resume(), 'end')
  }

  test.each([
    ['a Host header in small letters (of a request that is passed on)', (host: string) => ({ headers: { host } })],
    ['a Host header before other headers', (host: string) => ({ headers: { Host: host, 'X-Own': '1' } })],
    ['a whole address in the place of the path', (host: string) => ({ path: `http://${host}/` })],
  ])('%s that names a listed host takes no id to another port', async (_, options) => {
    const { listed, port } = await services()
    const followed = following([{ host: listed.host, propagate: true }])
    await followed.inRequest('r1', () => ask({ port: port.port, ...options(listed.host) }))
    expect([port.received.length, port.idsOf(0)]).toEqual([1, []])
  })

  test('an agent whose standard port is another one takes no id there', async () => {
    const { port } = await services()
    const followed = following([{ host: '127.0.0.1', propagate: true }])
    const agent = Object.assign(new HttpAgent(), { defaultPort: port.port })
    await followed.inRequest('r1', () => ask({ agent }))
    expect([port.received.length, port.idsOf(0)]).toEqual([1, []])
  })

  test('a Unix socket sees no id, whatever name it is called by', async () => {
    const { listed } = await services()
    const seen: unknown[] = []
    const local = createServer(({ headers }, response) => {
      seen.push(headers.host, headers['x-request-id'])
      response.end()
    })
    const socketPath = join(await mkdtemp(join(tmpdir(), 'spoor-')), 'socket')
    await once(local.listen(socketPath), 'listening')
    afterwards(() => local.close())
    const followed = following([{ host: listed.host, propagate: true }])
    await followed.inRequest('r1', () => ask({ socketPath, port: listed.port }))
    expect(seen).toEqual([listed.host, undefined])
  })

  test('a proxy of plain http sees ids only if it is listed too', async () => {
    const { listed, port: proxy } = await services()
    const path = `http://${listed.host}/`
    const entries = [{ host: listed.host, propagate: true }]
    const followed = following(entries)
    await followed.inRequest('r1', () => ask({ port: proxy.port, path }))
    await followed.spoor.close()
    const both = following([...entries, { host: proxy.host, propagate: true }])
    await both.inRequest('r2', () => ask({ port: proxy.port, path }))
    expect([proxy.idsOf(0), proxy.idsOf(1).sort()]).toEqual([[], ['traceparent', 'x-request-id']])
  })

  test('the option auth keeps no id back', async () => {
    const { listed } = await services()
    const followed = following([{ host: listed.host, propagate: true }])
    await followed.inRequest('r1', () => ask({ port: listed.port, auth: 'ada:secret', headers: { 'X-Own': '1' } }))
    expect(listed.idsOf(0).sort()).toEqual(['traceparent', 'x-request-id'])
  })
})
