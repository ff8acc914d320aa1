import { expect } from 'vitest'
import type { Ask } from '../client.js'
import { askAs, bytesOf, idsOf, inspected, listedOrigin } from '../readers.js'
import { until } from '../service.js'
import type { Case } from '../suite.js'

const list = '/api/requests'
const mounts = ['before', 'after'] as const

/** A request that is refused before anything is read, with nothing of it said back. */
function refused(says: string, headers: Record<string, string>, status: number, code: string): Case {
  return {
    row: 'B6',
    says: `the inspector refuses ${says} with ${status}`,
    service: inspected('before'),
    async run(service) {
      const answer = await askAs(service, 'operator', list, { headers })
      expect(answer.status).toBe(status)
      expect(answer.json()).toMatchObject({ status, code, requestId: answer.id })
      expect(answer.header('access-control-allow-origin')).toBeUndefined()
      expect(JSON.stringify([answer.headers, answer.body])).not.toMatch(/evil/)
    },
  }
}

function taken(says: string, headers: Record<string, string>): Case {
  return {
    row: 'B6',
    says: `the inspector answers ${says}`,
    service: inspected('before'),
    async run(service) {
      const answer = await askAs(service, 'operator', list, { headers })
      expect(answer.status).toBe(200)
      expect(answer.header('access-control-allow-origin')).toBe(
        headers['Origin'] === listedOrigin ? listedOrigin : undefined,
      )
    },
  }
}

export const inspector: readonly Case[] = [
  ...mounts.map(
    (mount): Case => ({
      row: 'B6',
      perAdapter: true,
      says: `an inspector without configuration, mounted ${mount} everything else, answers like an unknown route`,
      service: { inspector: mount },
      async run(service) {
        const answer = await service.ask('/_spoor/api/requests')
        expect(answer.status).toBe(404)
        expect(bytesOf(answer)).toEqual(bytesOf(await service.ask('/nowhere')))
        expect((await service.requestLine(answer.id))['path']).toBe('/_spoor/api/requests')
        const said = (await service.lines()).filter((line) => line.level === 'warn')
        expect(said.map((line) => line.message)).toEqual([expect.stringMatching(/mounted.*authorize/)])
      },
    }),
  ),
  {
    row: 'B6',
    says: 'responses of the inspector are not cached, not embedded by other pages and not readable from other origins',
    service: { ...inspected('after'), cors: 'package' },
    async run(service) {
      for (const who of ['operator', 'user', undefined]) {
        const answer = await askAs(service, who, list)
        expect(answer.all('cache-control')).toEqual(['no-store'])
        expect(answer.header('x-content-type-options')).toBe('nosniff')
        expect(answer.header('cross-origin-resource-policy')).toBe('same-origin')
        expect(answer.header('vary')).toMatch(/Origin.*Sec-Fetch-Site.*Cookie.*Authorization/)
        expect(answer.headers.filter(([name]) => /^access-control/i.test(name))).toEqual([])
      }
    },
  },
  {
    row: 'B6',
    says: 'HEAD gets the headers of GET, without the body',
    service: inspected('before'),
    async run(service) {
      for (const [who, path] of [
        ['operator', '/api/live-requests'],
        ['admin', '/api/health'],
        ['admin', '/api/dependencies'],
        ['admin', '/api/none'],
      ] as const) {
        const get = await askAs(service, who, path)
        const head = await askAs(service, who, path, { method: 'HEAD' })
        expect([head.status, head.header('content-length'), head.body]).toEqual([
          get.status,
          String(Buffer.byteLength(get.body)),
          '',
        ])
      }
    },
  },
  {
    row: 'B6',
    says: 'OPTIONS gets the methods, and only pages of a listed origin get the headers that they may send',
    service: inspected('before'),
    async run(service) {
      const preflight = (origin: string): Ask => ({
        method: 'OPTIONS',
        headers: { Origin: origin, 'Access-Control-Request-Method': 'GET', 'Sec-Fetch-Site': 'cross-site' },
      })
      const plain = await askAs(service, undefined, list, { method: 'OPTIONS' })
      expect([plain.status, plain.header('allow')]).toEqual([204, 'GET, HEAD, OPTIONS'])
      expect(plain.header('content-length')).toBeUndefined()
      expect(plain.header('access-control-allow-methods')).toBeUndefined()
      const listed = await askAs(service, undefined, list, preflight(listedOrigin))
      expect(listed.status).toBe(204)
      expect(listed.header('access-control-allow-origin')).toBe(listedOrigin)
      expect(listed.header('access-control-allow-credentials')).toBe('true')
      expect(listed.header('access-control-allow-methods')).toBe('GET, HEAD')
      expect(listed.header('access-control-allow-headers')).toContain('Authorization')
      const foreign = await askAs(service, undefined, list, preflight('https://evil.test'))
      expect([foreign.status, foreign.header('access-control-allow-origin')]).toEqual([403, undefined])
    },
  },
  ...['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'].map(
    (method): Case => ({
      row: 'B6',
      says: `${method} gets a 405 with the allowed methods, for every reader`,
      service: inspected('before'),
      async run(service) {
        const answer = await askAs(service, 'operator', list, { method, body: '{"limit":1}' })
        expect([answer.status, answer.header('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
        expect(answer.json()).toMatchObject({ code: 'method_not_allowed', requestId: answer.id })
      },
    }),
  ),
  accountAskedOnce(),
  {
    row: 'B13',
    says: 'an open request shows its path without secrets, as its record does',
    service: {
      ...inspected('before'),
      raw: () => ({ '/held;password=hunter2': (_, response) => void response.write('half') }),
    },
    async run(service) {
      const connection = await service.connect()
      connection.send('GET /held;password=hunter2 HTTP/1.1\r\nHost: service.test\r\n\r\n')
      const body = await until('the open request', async () => {
        const answer = await askAs(service, 'operator', '/api/live-requests')
        return idsOf(answer).length > 0 ? answer.body : undefined
      })
      expect(body).toContain('/held;password=[redacted]')
    },
  },
  refused('another host name (DNS rebinding)', { Host: 'evil.test' }, 421, 'misdirected_request'),
  refused('a name that ends like its own', { Host: 'evil-service.test' }, 421, 'misdirected_request'),
  refused('a name that begins like its own', { Host: 'service.test.evil.test' }, 421, 'misdirected_request'),
  refused('its own name with a dot at the end', { Host: 'service.test.' }, 421, 'misdirected_request'),
  refused('an empty host name', { Host: '' }, 421, 'misdirected_request'),
  refused('a page of another site', { 'Sec-Fetch-Site': 'cross-site' }, 403, 'foreign_origin'),
  refused('a page of another host of the same domain', { 'Sec-Fetch-Site': 'same-site' }, 403, 'foreign_origin'),
  refused('a Sec-Fetch-Site that no browser sends', { 'Sec-Fetch-Site': 'same-origin, none' }, 403, 'foreign_origin'),
  refused('an origin that is not listed', { Origin: 'https://evil.test' }, 403, 'foreign_origin'),
  refused('the origin null', { Origin: 'null' }, 403, 'foreign_origin'),
  refused('an origin that begins like a listed one', { Origin: `${listedOrigin}.evil.test` }, 403, 'foreign_origin'),
  refused('a listed origin with another scheme', { Origin: 'http://app.test' }, 403, 'foreign_origin'),
  taken('under its own name, in any case and on any port', { Host: 'Service.TEST:8443' }),
  taken('its own pages', { 'Sec-Fetch-Site': 'same-origin', Origin: 'http://service.test' }),
  taken('its own pages in a browser without Sec-Fetch-Site', { Origin: 'http://service.test' }),
  taken('a request from the address bar', { 'Sec-Fetch-Site': 'none' }),
  taken('a page of a listed origin', { Origin: listedOrigin, 'Sec-Fetch-Site': 'cross-site' }),
  {
    row: 'B6',
    says: 'a page of a listed origin can read a refusal',
    service: inspected('before'),
    async run(service) {
      const answer = await askAs(service, undefined, list, { headers: { Origin: listedOrigin } })
      expect([answer.status, answer.header('access-control-allow-origin')]).toEqual([401, listedOrigin])
      expect(answer.header('access-control-expose-headers')).toContain('X-Request-ID')
    },
  },
  {
    row: 'B6',
    says: 'many foreign host names cause one warning, which names the fix and none of the names',
    service: inspected('before'),
    async run(service) {
      const connection = await service.connect()
      for (let i = 0; i < 200; i++) {
        connection.send(`GET /_spoor/api/requests HTTP/1.1\r\nHost: evil${i}.test\r\n\r\n`)
        expect((await connection.answer()).status).toBe(421)
      }
      const lines = await service.lines()
      const said = lines.filter((line) => line.level === 'warn').map((line) => line.message)
      expect(said).toEqual([expect.stringMatching(/421.*inspector: \{ hosts:/)])
      expect(JSON.stringify(lines)).not.toContain('evil')
    },
  },
  ...mounts.flatMap((mount) => [ownRequests(mount, 'all'), ownRequests(mount, 'header')]),
]

/** It may have been switched since, and would then be refused. */
function accountAskedOnce(): Case {
  const wanted = inspected('after')
  let asked = 0
  return {
    row: 'B6',
    says: 'the inspector does not resolve the account again when it is already known',
    service: {
      ...wanted,
      account: (request) => {
        asked++
        return wanted.account?.(request)
      },
    },
    async run(service) {
      asked = 0
      expect((await askAs(service, 'operator', list)).status).toBe(200)
      expect(asked).toBe(1)
    },
  }
}

/** Asked by one who may be measured, and who asks for it. */
function ownRequests(mount: 'before' | 'after', mode: 'all' | 'header'): Case {
  const wanted = inspected(mount)
  const tracked = { 'X-Who': 'admin', 'X-Debug-Resource-Tracking': 'true' }
  return {
    row: 'B6',
    perAdapter: true,
    says: `requests to the inspector, mounted ${mount} everything else, are not measured in mode ${mode} and leave no line and no record`,
    service: { ...wanted, spoor: { ...wanted.spoor, tracking: { mode } } },
    async run(service) {
      const own = [
        await askAs(service, 'admin', list, { headers: tracked }),
        await askAs(service, 'admin', '/api/live-requests', { headers: tracked }),
        await askAs(service, 'admin', '/api/health', { headers: tracked }),
        await askAs(service, undefined, list),
        await askAs(service, 'admin', list, { method: 'POST', headers: tracked }),
      ]
      for (const answer of own) {
        expect(answer.headers.filter(([name]) => /tracking|timing/i.test(name))).toEqual([])
        expect(answer.header('cache-control')).toBe('no-store')
      }
      const other = await service.ask('/who', { headers: tracked })
      expect(other.header('x-resource-tracking-id')).toBe(other.id)
      await service.requestLines(1)
      const ids = await until('the one record', async () => {
        const found = idsOf(await askAs(service, 'operator', list))
        return found.length > 0 ? found : undefined
      })
      expect(ids).toEqual([other.id])
      expect((await askAs(service, 'operator', '/api/live-requests')).json()).toEqual({ items: [] })
      for (const { id } of own) expect((await askAs(service, 'operator', `${list}/${id}`)).status).toBe(404)
    },
  }
}
