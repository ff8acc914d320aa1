import { expect } from 'vitest'
import { type Answer, requestText } from '../client.js'
import type { Service } from '../service.js'
import type { Case } from '../suite.js'

/** An answer below the framework: id, problem body, request line, and the connection closed after it. */
async function refused(service: Service, answer: Answer, status: number): Promise<void> {
  expect(answer.status).toBe(status)
  expect(answer.header('content-type')).toContain('application/problem+json')
  expect(answer.json()).toMatchObject({ status, requestId: answer.id })
  expect(answer.header('connection')).toBe('close')
  const line = await service.requestLine(answer.id)
  expect(line).toMatchObject({ status })
  expect((line['error'] as { code?: unknown }).code).toMatch(/^HPE_|^ERR_HTTP_REQUEST_TIMEOUT/)
}

/** Answered by Node itself from its own code, through a response of its own. */
function byNode(says: string, status: number, request: string, server = {}): Case {
  return {
    row: 'S1',
    says,
    service: { server },
    async run(service) {
      const answer = await service.say(request)
      expect(answer.status).toBe(status)
      const line = await service.requestLine(answer.id)
      expect(line).toMatchObject({ status })
      expect(line).not.toHaveProperty('contextLost')
    },
  }
}

const impatient = { connectionsCheckingInterval: 20, headersTimeout: 60, requestTimeout: 60 }

export const parser: readonly Case[] = [
  {
    row: 'S1',
    says: 'a parser error on the first connection of a server gets a 400 with an id and leaves a request line',
    async run(service) {
      await refused(service, await service.say('nonsense\r\n\r\n'), 400)
    },
  },
  {
    row: 'S1',
    says: 'too large a header on the first connection of a server gets a 431 with an id',
    async run(service) {
      const header = `X-Large: ${'a'.repeat(20_000)}\r\n`
      await refused(service, await service.say(`GET / HTTP/1.1\r\nHost: a\r\n${header}\r\n`), 431)
    },
  },
  {
    row: 'S1',
    says: 'headers that exceed headersTimeout on the first connection of a server get a 408 with an id',
    service: { server: impatient },
    async run(service) {
      await refused(service, await service.say('GET / HTTP/1.1\r\nHost: a\r\n'), 408)
    },
  },
  {
    row: 'S1',
    says: 'a parser error after a finished request has its own id',
    async run(service) {
      const connection = await service.connect()
      const first = await connection.send(requestText('/json')).answer()
      const second = await connection.send('nonsense\r\n\r\n').answer()
      await refused(service, second, 400)
      expect(second.id).not.toBe(first.id)
      expect(await service.requestLine(first.id)).toMatchObject({ status: 200 })
    },
  },
  {
    row: 'S1',
    says: 'a malformed chunk in a body fails its own request, with its id',
    async run(service) {
      const connection = await service.connect()
      connection.send(requestText('/events', { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } }))
      connection.send('5\r\nhello\r\nnonsense\r\n')
      const answer = await connection.answer()
      await refused(service, answer, 400)
      const lines = await service.linesOf(answer.id, (all) => all.some((line) => line.message === 'response close'))
      expect(lines.map((line) => line.message)).toContain('request data')
      expect(await service.requestLine(answer.id)).toMatchObject({ method: 'POST', path: '/events' })
      await service.requestLines(1)
    },
  },
  {
    row: 'S1',
    says: 'a body that exceeds requestTimeout fails its own request with 408 and its id',
    // So long that its headers have come, also where the process stood still in between.
    service: { server: { ...impatient, headersTimeout: 600, requestTimeout: 600 } },
    async run(service) {
      const connection = await service.connect()
      connection.send('POST /events HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf')
      const answer = await connection.answer()
      await refused(service, answer, 408)
      expect(await service.requestLine(answer.id)).toMatchObject({ method: 'POST', path: '/events' })
    },
  },
  {
    row: 'S1',
    says: 'a malformed body behind an open pipelined request fails its own request',
    async run(service) {
      const connection = await service.connect()
      const body = requestText('/events', { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } })
      connection.send(`${requestText('/hang')}${body}nonsense\r\n`)
      const answer = await connection.answer()
      expect(answer.status).toBe(400)
      const lines = await service.requestLines(2)
      expect(lines.map((line) => [line['path'], line['aborted'], 'error' in line]).sort()).toEqual([
        ['/events', undefined, true],
        ['/hang', true, false],
      ])
      expect(answer.id).toBe(lines.find((line) => line['path'] === '/events')?.requestId)
    },
  },
  {
    row: 'S1',
    says: 'a malformed rest of a body after the response does not leave a second request line',
    async run(service) {
      const connection = await service.connect()
      connection.send(requestText('/refuse-body', { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } }))
      const answer = await connection.answer()
      expect(answer.status).toBe(413)
      await service.requestLine(answer.id)
      connection.send('nonsense\r\n')
      await connection.closed
      await service.requestLines(1)
    },
  },
  {
    row: 'S1',
    says: 'a clientError listener of the service writes the response, and Spoor only logs',
    service: {
      onServer: (server) => {
        server.on('clientError', (_, socket) => socket.end('HTTP/1.1 400 Own\r\nContent-Length: 3\r\n\r\nown'))
      },
    },
    async run(service) {
      const answer = await service.say('nonsense\r\n\r\n')
      expect([answer.reason, answer.body]).toEqual(['Own', 'own'])
      const [line] = await service.requestLines(1)
      expect(line).toMatchObject({ error: { code: expect.stringMatching(/^HPE_/) } })
    },
  },
  {
    row: 'S1',
    says: 'a connection without a request leaves no request line',
    service: { server: impatient },
    async run(service) {
      const connection = await service.connect()
      await connection.closed
      expect(await service.lines()).toEqual([])
    },
  },
  {
    row: 'S1',
    says: 'a parser error on a server that is not attached is left to Node',
    service: { attach: false },
    async run(service) {
      const answer = await service.say('nonsense\r\n\r\n')
      expect([answer.status, answer.header('x-request-id')]).toEqual([400, undefined])
    },
  },
  byNode('a missing Host gets a 400 with an id', 400, 'GET /json HTTP/1.1\r\n\r\n'),
  byNode('an unknown expectation gets a 417 with an id', 417, requestText('/json', { headers: { Expect: 'tea' } })),
  {
    row: 'S1',
    says: 'a request over maxRequestsPerSocket gets a 503 with an id',
    service: { onServer: (server) => Object.assign(server, { maxRequestsPerSocket: 1 }) },
    async run(service) {
      const connection = await service.connect()
      connection.send(`${requestText('/json')}${requestText('/json')}`)
      const [first, second] = [await connection.answer(), await connection.answer()]
      expect([first.status, second.status]).toEqual([200, 503])
      const line = await service.requestLine(second.id)
      expect(line).toMatchObject({ status: 503 })
      expect(line).not.toHaveProperty('contextLost')
    },
  },
]
