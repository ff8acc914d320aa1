import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import type { Answer } from '../client.js'
import type { Service } from '../service.js'
import type { Case } from '../suite.js'

const header = 'X-Correlation-ID'
const uuid = /^[0-9a-f-]{36}$/

/** The id in the renamed header, which came once, and in no other header. */
function idOf(answer: Answer): string {
  expect([answer.all(header).length, answer.header('x-request-id')]).toEqual([1, undefined])
  return answer.header(header) as string
}

/** A service that shows which ids callers send it. */
const called = createServer(({ headers }, response) => {
  response.end(JSON.stringify({ old: headers['x-request-id'], renamed: headers[header.toLowerCase()] }))
})
await new Promise<void>((resolve) => called.listen(0, '127.0.0.1', resolve))
called.unref()
const host = `127.0.0.1:${(called.address() as AddressInfo).port}`

const renamed = { requestId: { trust: true, header } }

async function warnings(service: Service, start: string): Promise<string[]> {
  const lines = await service.lines()
  return lines.map(({ message }) => String(message)).filter((message) => message.startsWith(start))
}

let made = 0

export const requestIds: readonly Case[] = [
  {
    row: 'S1',
    says: 'requestId.header renames the header of the id, inbound and on the response',
    service: { spoor: renamed },
    async run(service) {
      const taken = await service.ask('/json', { headers: { [header]: 'from-outside-1', 'X-Request-ID': 'other' } })
      expect([idOf(taken), taken.json()['id']]).toEqual(['from-outside-1', 'from-outside-1'])
      expect(idOf(await service.ask('/json', { headers: { 'X-Request-ID': 'other' } }))).toMatch(uuid)
      expect(idOf(await service.ask('/throw', { headers: { [header]: 'failed-1' } }))).toBe('failed-1')
      expect(await service.requestLine('failed-1')).toMatchObject({ status: 500 })
    },
  },
  {
    row: 'S1',
    says: 'with requestId.header, a header of that name that the service sets does not replace the id',
    service: {
      spoor: renamed,
      raw: () => ({
        '/forged': (_, response) =>
          void response.setHeader(header, 'forged').writeHead(200, ['x-correlation-id', 'forged', 'X-Own', 'a']).end(),
        '/alone': (_, response) => void response.writeHead(200, { 'X-Request-ID': 'own', A: 'b' }).end(),
      }),
    },
    async run(service) {
      expect(idOf(await service.ask('/forged', { headers: { [header]: 'real-1' } }))).toBe('real-1')
      const own = await service.ask('/alone', { headers: { [header]: 'real-2' } })
      expect([own.header(header), own.header('x-request-id')]).toEqual(['real-2', 'own'])
    },
  },
  {
    row: 'S1',
    says: 'with requestId.header, the answer to a parser error has the id in that header',
    service: { spoor: renamed },
    async run(service) {
      const answer = await service.say('nonsense\r\n\r\n')
      expect([answer.status, answer.json()['requestId']]).toEqual([400, idOf(answer)])
    },
  },
  {
    row: 'S2',
    says: 'with requestId.header, a response to another origin exposes that header',
    service: {
      spoor: renamed,
      raw: () => ({
        '/open': (_, response) => void response.setHeader('Access-Control-Allow-Origin', 'https://page.test').end('x'),
      }),
    },
    async run(service) {
      const answer = await service.ask('/open', { headers: { Origin: 'https://page.test' } })
      expect(answer.header('access-control-expose-headers')).toBe(`${header}, X-Resource-Tracking-ID`)
    },
  },
  {
    row: 'B10',
    says: 'with requestId.header, a listed service gets the id in that header',
    service: {
      spoor: { ...renamed, outgoing: [{ host, propagate: true }] },
      raw: () => ({
        '/call': async (_, response) => void response.end(await (await fetch(`http://${host}`)).text()),
      }),
    },
    async run(service) {
      const answer = await service.ask('/call', { headers: { [header]: 'along-1' } })
      expect(answer.json()).toEqual({ renamed: 'along-1' })
    },
  },
  {
    row: 'S1',
    says: 'requestId.generate makes the ids of requests that bring none, and of parser errors',
    service: { spoor: { requestId: { trust: true, generate: () => `own-${++made}` } } },
    async run(service) {
      const { id } = await service.ask('/json')
      expect(id).toMatch(/^own-\d+$/)
      expect((await service.requestLine(id))['id']).toMatch(uuid)
      expect((await service.ask('/json', { headers: { 'X-Request-ID': 'theirs' } })).id).toBe('theirs')
      expect((await service.say('nonsense\r\n\r\n')).id).toMatch(/^own-\d+$/)
    },
  },
  ...[
    { what: 'throws', generate: () => { throw new Error('no entropy') }, got: 'a throw of no entropy' }, // biome-ignore format: one line
    { what: 'returns a text that is not an id', generate: () => 'a\r\nX-Evil: 1', got: 'X-Evil: 1"' },
    { what: 'returns a number', generate: () => 7 as never, got: 'number' },
  ].map(
    ({ what, generate, got }): Case => ({
      row: 'S1',
      says: `a requestId.generate that ${what} leads to a UUID and one warning`,
      service: { spoor: { requestId: { generate } } },
      async run(service) {
        for (let i = 0; i < 2; i++) expect((await service.ask('/json')).id).toMatch(uuid)
        const said = await warnings(service, 'requestId.generate: ')
        expect(said).toHaveLength(1)
        expect(said[0]).toContain(got)
      },
    }),
  ),
]

const client = { 'X-Forwarded-For': '1.2.3.4, 203.0.113.7', 'User-Agent': 'curl/8.5.0' }
const shown = { remoteAddress: true, userAgent: true }

export const requestLines: readonly Case[] = [
  {
    row: 'S17',
    says: 'the request line has no client address and no User-Agent by default',
    async run(service) {
      const { id } = await service.ask('/json', { headers: client })
      const line = await service.requestLine(id)
      expect([line['remoteAddress'], line['userAgent']]).toEqual([undefined, undefined])
    },
  },
  {
    row: 'S17',
    says: 'with requestLine, the line has the address of the connection and the User-Agent',
    service: { spoor: { requestLine: shown } },
    async run(service) {
      const { id } = await service.ask('/json', { headers: client })
      expect(await service.requestLine(id)).toMatchObject({ remoteAddress: '127.0.0.1', userAgent: 'curl/8.5.0' })
      const { id: broken } = await service.say('nonsense\r\n\r\n')
      expect(await service.requestLine(broken)).toMatchObject({ remoteAddress: '127.0.0.1' })
    },
  },
  {
    row: 'S17',
    says: 'with requestLine, the line has the address that a listed proxy names',
    service: { spoor: { requestLine: shown, requestId: { trust: ['127.0.0.1'] } } },
    async run(service) {
      const { id } = await service.ask('/json', { headers: client })
      expect(await service.requestLine(id)).toMatchObject({ remoteAddress: '203.0.113.7' })
    },
  },
  {
    row: 'S17',
    says: 'with trust: true, X-Forwarded-For does not set the address on the line',
    service: { spoor: { requestLine: shown, requestId: { trust: true } } },
    async run(service) {
      const { id } = await service.ask('/json', { headers: client })
      expect(await service.requestLine(id)).toMatchObject({ remoteAddress: '127.0.0.1' })
    },
  },
  {
    row: 'S17',
    says: 'a long or hostile User-Agent is cut and stays on one line',
    service: { spoor: { requestLine: { userAgent: true } } },
    async run(service) {
      const { id } = await service.ask('/json', {
        headers: { 'User-Agent': `{"account":"evil"} ${'é'.repeat(3_000)}` },
      })
      const agent = String((await service.requestLine(id))['userAgent'])
      expect(Buffer.byteLength(agent)).toBeLessThanOrEqual(256)
      expect(agent).toMatch(/^\{"account":"evil"\} .*…\[cut: \d+ characters\]$/)
    },
  },
  {
    row: 'S17',
    says: 'requestLine.level sets the level of the line by status and duration',
    service: {
      spoor: {
        requestLine: { level: ({ status, durationMs }) => (status === 404 && durationMs >= 0 ? 'warn' : undefined) },
      },
    },
    async run(service) {
      const levels = ['/json', '/nothing-here', '/throw'].map(async (path) => {
        return (await service.requestLine((await service.ask(path)).id)).level
      })
      expect(await Promise.all(levels)).toEqual(['info', 'warn', 'error'])
    },
  },
  {
    row: 'S17',
    says: 'a requestLine.level that throws leaves the usual level and one warning',
    service: { spoor: { requestLine: { level: () => { throw new Error('broken') } } } }, // biome-ignore format: one line
    async run(service) {
      for (let i = 0; i < 2; i++) {
        expect(await service.requestLine((await service.ask('/json')).id)).toMatchObject({ level: 'info' })
      }
      expect(await warnings(service, 'requestLine.level: ')).toHaveLength(1)
    },
  },
]
