import { expect } from 'vitest'
import { requestText } from '../client.js'
import type { Line } from '../lines.js'
import { type Service, until } from '../service.js'
import type { Case } from '../suite.js'

const closed = (lines: Line[]): boolean => lines.some((line) => line.message === 'response close')
const events = (marker: string, delay = 0, body = 'hello'): string =>
  requestText('/events', { method: 'POST', body, headers: { 'X-Marker': marker, 'X-Delay': String(delay) } })

/** Every line with a request's marker bears its id, the one its client saw; that it bears ours is checked at stop. */
async function ownLines(service: Service, id: string, marker: string): Promise<string[]> {
  const lines = await service.linesOf(id, closed)
  expect(new Set(lines.filter((line) => 'marker' in line).map((line) => line['marker']))).toEqual(new Set([marker]))
  return lines.map((line) => line.message)
}

const everyEvent = [
  'handler',
  'request data',
  'request end',
  'after the body',
  'written',
  'ended',
  'response finish',
  'request close',
  'response close',
]

export const connections: readonly Case[] = [
  {
    row: 'B15',
    says: 'every request event, response event and write callback runs in the context of its request',
    async run(service) {
      const answer = await (await service.connect()).send(events('a')).answer()
      expect(await ownLines(service, answer.id, 'a')).toEqual(expect.arrayContaining(everyEvent))
    },
  },
  {
    row: 'B15',
    says: 'requests that are pipelined in one packet and finish out of order keep their ids in every event',
    async run(service) {
      const connection = await service.connect()
      connection.send([events('a', 9), events('b', 5), events('c', 0), events('d', 2)].join(''))
      for (const marker of ['a', 'b', 'c', 'd']) {
        const answer = await connection.answer()
        expect(await ownLines(service, answer.id, marker)).toEqual(expect.arrayContaining(everyEvent))
      }
      await service.requestLines(4)
    },
  },
  {
    row: 'B15',
    says: 'requests that arrive in pieces on several connections keep their ids in every event',
    async run(service) {
      const all = await Promise.all(['a', 'b', 'c'].map(async () => service.connect()))
      const texts = ['a', 'b', 'c'].map((marker, at) => events(marker, at))
      const longest = Math.max(...texts.map((text) => text.length))
      for (let at = 0; at < longest; at += 7) {
        for (const [i, connection] of all.entries()) {
          await connection.sendSplit((texts[i] as string).slice(at, at + 7))
        }
      }
      for (const [i, marker] of ['a', 'b', 'c'].entries()) {
        const answer = await all[i]?.answer()
        await ownLines(service, answer?.id as string, marker)
      }
    },
  },
  {
    row: 'B15',
    says: 'a body that arrives in two parts on a kept-alive connection is read in the context of its request',
    async run(service) {
      const connection = await service.connect()
      await connection.send(events('first')).answer()
      const text = events('second')
      connection.send(text.slice(0, -3))
      await idOfMarker(service, 'second')
      connection.send(text.slice(-3))
      await ownLines(service, (await connection.answer()).id, 'second')
    },
  },
  {
    row: 'B15',
    says: 'a body larger than the buffers is read in the context of its request, with backpressure',
    async run(service) {
      const connection = await service.connect()
      const body = 'x'.repeat(2 * 1024 * 1024)
      const answer = await connection.send(events('large', 0, body)).answer()
      expect(answer.body.length).toBe(body.length)
      await ownLines(service, answer.id, 'large')
    },
  },
  {
    row: 'B15',
    says: 'a body is read in the context of its request after the response too',
    async run(service) {
      const connection = await service.connect()
      const text = requestText('/read-later', { method: 'POST', body: 'hello' })
      connection.send(text.slice(0, -5))
      const answer = await connection.answer()
      connection.send('hello')
      const lines = await service.linesOf(answer.id, (all) => all.some((line) => line.message === 'request end'))
      expect(lines.map((line) => line.message)).toContain('request data')
    },
  },
  {
    row: 'B15',
    says: 'a body is read in the context of its request by for await',
    async run(service) {
      const connection = await service.connect()
      await connection.sendSplit(requestText('/iterate', { method: 'POST', body: 'hello' }))
      const answer = await connection.answer()
      expect(answer.body).toBe('5')
      const lines = await service.linesOf(answer.id, (all) => all.some((line) => line.message === 'read'))
      expect(lines.filter((line) => line.message === 'iterated').length).toBeGreaterThan(0)
    },
  },
  {
    row: 'B15',
    says: 'Expect: 100-continue without a listener is answered by Node, and the request keeps its id',
    async run(service) {
      const connection = await service.connect()
      const text = requestText('/events', { method: 'POST', body: 'hello', headers: { Expect: '100-continue' } })
      connection.send(text.slice(0, -5))
      expect((await connection.answer()).status).toBe(100)
      const answer = await connection.send('hello').answer()
      expect(answer.body).toBe('hello')
      await service.linesOf(answer.id, closed)
    },
  },
  {
    row: 'B15',
    says: 'a checkContinue listener runs in the context of its request',
    service: {
      onServer: (server, _, note) => {
        server.on('checkContinue', (request, response) => {
          note(response, 'continued')
          response.writeContinue()
          server.emit('request', request, response)
        })
      },
    },
    async run(service) {
      const connection = await service.connect()
      const text = requestText('/events', { method: 'POST', body: 'hello', headers: { Expect: '100-continue' } })
      connection.send(text.slice(0, -5))
      expect((await connection.answer()).status).toBe(100)
      const answer = await connection.send('hello').answer()
      const lines = await service.linesOf(answer.id, closed)
      expect(lines.map((line) => line.message)).toContain('continued')
      await service.requestLines(1)
    },
  },
  {
    row: 'S17',
    says: 'a client that disconnects before the response leaves a request line with aborted and without a status',
    async run(service) {
      const connection = await service.connect()
      connection.send(requestText('/hang', { headers: { 'X-Marker': 'gone' } }))
      const id = await idOfMarker(service, 'gone')
      connection.drop()
      const line = await service.requestLine(id)
      expect(line).toMatchObject({ path: '/hang', aborted: true })
      expect(line).not.toHaveProperty('status')
      await ownLines(service, id, 'gone')
    },
  },
  {
    row: 'S17',
    says: 'a client that disconnects during the response leaves a request line with aborted and the status',
    async run(service) {
      const connection = await service.connect()
      connection.send(requestText('/half', { headers: { 'X-Marker': 'gone' } }))
      const id = await idOfMarker(service, 'gone')
      connection.drop()
      expect(await service.requestLine(id)).toMatchObject({ path: '/half', status: 200, aborted: true })
      await ownLines(service, id, 'gone')
    },
  },
  {
    row: 'S17',
    says: 'a client that disconnects during its body leaves a request line with aborted',
    async run(service) {
      const connection = await service.connect()
      const headers = { 'X-Marker': 'gone', 'Content-Length': '100' }
      connection.send(`${requestText('/events', { method: 'POST', headers })}half`)
      const id = await idOfMarker(service, 'gone')
      connection.drop()
      expect(await service.requestLine(id)).toMatchObject({ path: '/events', aborted: true })
      expect(await ownLines(service, id, 'gone')).toEqual(expect.arrayContaining(['request error', 'request close']))
    },
  },
  {
    row: 'S17',
    says: 'each pipelined request leaves a request line when the client disconnects, even if its turn to respond never came',
    async run(service) {
      const connection = await service.connect()
      const hang = (marker: string): string => requestText('/hang', { headers: { 'X-Marker': marker } })
      connection.send(`${hang('a')}${hang('b')}${events('c')}`)
      await idOfMarker(service, 'c', 'after the body')
      connection.drop()
      const lines = await service.requestLines(3)
      expect(lines.map((line) => [line['path'], line['aborted']]).sort()).toEqual([
        ['/events', true],
        ['/hang', true],
        ['/hang', true],
      ])
    },
  },
  {
    row: 'S17',
    says: 'a response that the service destroys leaves a request line with aborted and without a status',
    async run(service) {
      const connection = await service.connect()
      connection.send(requestText('/cut'))
      await connection.closed
      const [line] = await service.requestLines(1)
      expect(line).toMatchObject({ path: '/cut', aborted: true })
      expect(line).not.toHaveProperty('status')
    },
  },
  {
    row: 'B15',
    says: 'an upgraded connection runs in the context of its request while it is open, and leaves one request line',
    service: {
      onServer: (server, _, note) => {
        server.on('upgrade', (request, socket) => {
          const expect = { expect: request.headers['x-request-id'] }
          socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n')
          note(expect, 'upgraded')
          socket.on('data', (data) => {
            note(expect, 'socket data')
            socket.write(data)
          })
          // An HTTP connection may be half open: its server ends its own half.
          socket.on('end', () => socket.end())
          socket.on('close', () => note(expect, 'socket close'))
        })
      },
      spoor: { requestId: { trust: true } },
    },
    async run(service) {
      const connection = await service.connect()
      const upgrade = { Connection: 'Upgrade', Upgrade: 'echo', 'X-Request-ID': 'up-1' }
      await connection.send(requestText('/json')).answer()
      expect((await connection.send(requestText('/live', { headers: upgrade })).answer()).status).toBe(101)
      expect(await connection.send('hello').text(5)).toBe('hello')
      expect(await connection.send('again').text(5)).toBe('again')
      connection.drop()
      expect(await service.requestLine('up-1')).toMatchObject({ path: '/live', upgraded: true })
      const lines = await service.linesOf('up-1', (all) => all.some((line) => line.message === 'socket close'))
      expect(lines.filter((line) => line.message === 'socket data')).toHaveLength(2)
    },
  },
  {
    row: 'S1',
    says: 'an upgrade without a listener is handled as an ordinary request',
    async run(service) {
      const upgrade = { Connection: 'Upgrade', Upgrade: 'echo' }
      const answer = await service.ask('/json', { headers: upgrade })
      expect(answer.status).toBe(200)
      expect(await service.requestLine(answer.id)).toMatchObject({ path: '/json', status: 200 })
    },
  },
  {
    row: 'B15',
    says: 'CONNECT runs in the context of its request and leaves one request line',
    service: {
      onServer: (server, spoor) => {
        server.on('connect', (_, socket) => {
          const id = spoor.context()?.requestId
          socket.write(`HTTP/1.1 200 OK\r\nX-Request-ID: ${id}\r\n\r\n`)
          socket.on('data', () => {
            socket.end(String(spoor.context()?.requestId === id))
          })
        })
      },
    },
    async run(service) {
      const connection = await service.connect()
      connection.send('CONNECT other.test:443 HTTP/1.1\r\nHost: other.test\r\n\r\n')
      const answer = await connection.answer('HEAD')
      expect(await connection.send('hello').rest()).toBe('true')
      expect(await service.requestLine(answer.id)).toMatchObject({ method: 'CONNECT', upgraded: true })
    },
  },
]

/** The id that the service gave the request with a marker, once it has logged. */
async function idOfMarker(service: Service, marker: string, message = 'handler'): Promise<string> {
  return until(`a line of ${marker}`, async () => {
    const line = (await service.lines()).find((one) => one['marker'] === marker && one.message === message)
    return line?.requestId
  })
}
