import { expect } from 'vitest'
import { requestText } from '../client.js'
import type { Case } from '../suite.js'

const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** A response of every kind carries the id, and it is the one of the request line. */
function carries(says: string, path: string, status: number, ask: { method?: string; body?: string } = {}): Case {
  return {
    row: 'S1',
    says: `${says} carries X-Request-ID`,
    async run(service) {
      const headers = ask.body === undefined ? {} : { 'content-type': 'application/json' }
      const answer = await service.ask(path, { ...ask, headers })
      expect(answer.status).toBe(status)
      expect(answer.id).toMatch(uuid7)
      expect(await service.requestLine(answer.id)).toMatchObject({ method: ask.method ?? 'GET', path, status })
    },
  }
}

/** Headers as the service wrote them, with the id beside them. */
function keeps(says: string, path: string, cookies = true): Case {
  return {
    row: 'S1',
    says,
    async run(service) {
      const answer = await service.ask(path)
      expect(answer.status).toBe(200)
      expect(answer.id).toMatch(uuid7)
      expect(answer.all('x-own')).toEqual(['a'])
      if (cookies) expect(answer.all('set-cookie')).toEqual(['a=1', 'b=2'])
      expect(answer.body).toBe('x')
    },
  }
}

export const ids: readonly Case[] = [
  carries('a 200', '/json', 200),
  carries('a response with implicit headers', '/implicit', 200),
  carries('a 204', '/empty', 204),
  carries('a redirect', '/redirect', 302),
  carries('a 304', '/not-modified', 304),
  carries('a response to HEAD', '/implicit', 200, { method: 'HEAD' }),
  carries('a 404', '/nowhere', 404),
  carries('a 405', '/json', 405, { method: 'PUT' }),
  carries('a 413', '/body', 413, { method: 'POST', body: JSON.stringify('x'.repeat(2_000)) }),
  carries('a malformed JSON body', '/body', 400, { method: 'POST', body: '{"a":' }),
  carries('a thrown error', '/throw', 500),
  carries('a rejected promise', '/reject', 500),
  carries('a thrown string', '/throw-string', 500),
  carries('a streamed body', '/stream', 200),
  carries('a response whose headers were cleared', '/cleared', 200),
  carries('a response with flushed headers', '/flush-headers', 200),
  keeps('writeHead with an object keeps every header', '/head-object'),
  keeps('writeHead with a reason and an object keeps every header', '/head-reason', false),
  keeps('writeHead with a flat array keeps both cookies', '/head-array'),
  keeps('writeHead with a flat array keeps both cookies where headers were set before', '/head-array-after-set'),
  keeps('writeHead with pairs keeps both cookies', '/head-pairs'),
  keeps('an X-Request-ID of the service in writeHead does not replace the id', '/head-conflict', false),
  keeps('X-Request-IDs of the service in a flat array do not replace the id', '/head-conflict-array', false),
  {
    row: 'S1',
    says: 'an X-Request-ID that the service sets does not replace the id',
    async run(service) {
      const answer = await service.ask('/set-conflict')
      expect(await service.requestLine(answer.id)).toMatchObject({ path: '/set-conflict' })
    },
  },
  {
    row: 'S1',
    says: 'a response after early hints carries X-Request-ID',
    async run(service) {
      const connection = await service.connect()
      connection.send(requestText('/early-hints'))
      expect((await connection.answer()).status).toBe(103)
      expect((await connection.answer()).id).toMatch(uuid7)
    },
  },
  {
    row: 'S1',
    says: 'the handler can read the id from the response',
    async run(service) {
      const answer = await service.ask('/informed')
      expect(answer.body).toBe(`GET ${answer.id}`)
    },
  },
  {
    row: 'S1',
    says: 'ids are unique and sort by time',
    async run(service) {
      const all: string[] = []
      for (let i = 0; i < 50; i++) all.push((await service.ask('/json')).id)
      expect(new Set(all).size).toBe(50)
      expect([...all].sort()).toEqual(all)
    },
  },
  {
    row: 'S1',
    says: 'each request on a kept-alive connection has its own id',
    async run(service) {
      const connection = await service.connect()
      const all: string[] = []
      for (let i = 0; i < 5; i++) all.push((await connection.send(requestText('/json')).answer()).id)
      expect(new Set(all).size).toBe(5)
      await service.requestLines(5)
    },
  },
  {
    row: 'S1',
    says: 'a request that arrives byte by byte has the same id in header, body and request line',
    async run(service) {
      const connection = await service.connect()
      await connection.sendSplit(requestText('/events', { method: 'POST', body: 'hello' }))
      const answer = await connection.answer()
      expect(answer.body).toBe('hello')
      const lines = await service.linesOf(answer.id, (all) => all.some((line) => line.message === 'response close'))
      expect(lines.filter((line) => line.message === 'request data')).toHaveLength(5)
    },
  },
  {
    row: 'S1',
    says: 'the id exists before any other listener of the server sees the request',
    service: {
      onServer: (server) => {
        server.prependListener('request', (_, response) => {
          response.setHeader('X-Seen', String(response.getHeader('x-request-id')))
        })
      },
    },
    async run(service) {
      const answer = await service.ask('/json')
      expect(answer.header('x-seen')).toBe(answer.id)
    },
  },
  {
    row: 'S1',
    says: 'a server that is not attached gives the id in the adapter',
    service: { attach: false },
    async run(service) {
      const answer = await service.ask('/events', { method: 'POST', body: 'hello' })
      expect(await service.requestLine(answer.id)).toMatchObject({ path: '/events', status: 200 })
    },
  },
  {
    row: 'S1',
    says: 'https: every response carries X-Request-ID, including those to parser errors',
    service: { tls: true },
    async run(service) {
      const answer = await service.ask('/json')
      expect(answer.json()).toEqual({ id: answer.id })
      expect((await service.say('nonsense\r\n\r\n')).id).toMatch(uuid7)
    },
  },
]
