import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, vi } from 'vitest'
import { Connection, requestText } from '../client.js'
import { until } from '../service.js'
import type { Case } from '../suite.js'

export const instances: readonly Case[] = [
  {
    row: 'S22',
    says: 'two instances on one server give each request one id and one request line, including parser errors',
    service: { others: 'second' },
    async run(service) {
      const answer = await service.ask('/events', { method: 'POST', body: 'hello' })
      await service.requestLine(answer.id)
      const broken = await service.say('nonsense\r\n\r\n')
      await service.requestLine(broken.id)
      await service.requestLines(2)
      const warnings = (await service.lines()).filter((line) => line.level === 'warn')
      expect(warnings).toEqual([])
    },
  },
  {
    row: 'S22',
    says: 'an app within an app, each with its own instance, writes one request line with the whole route',
    service: { others: 'nested' },
    async run(service) {
      const answer = await service.ask('/nested/users/7')
      expect(answer.json()).toEqual({ user: '7' })
      expect(await service.requestLine(answer.id)).toMatchObject({ route: '/nested/users/:id', status: 200 })
      const unknown = await service.ask('/nested/nowhere')
      expect([unknown.status, unknown.json()['requestId']]).toEqual([404, unknown.id])
      await service.requestLines(2)
      expect((await service.lines()).filter((line) => line.level === 'warn')).toEqual([])
    },
  },
  {
    row: 'S22',
    says: 'after one of two instances closes, the other still handles the server',
    service: { others: 'second' },
    async run(service) {
      await service.spoor.close()
      const broken = await service.say('nonsense\r\n\r\n')
      expect(await service.requestLine(broken.id)).toMatchObject({ status: 400 })
      const answer = await service.ask('/json')
      expect(await service.requestLine(answer.id)).toMatchObject({ status: 200 })
    },
  },
  {
    row: 'S22',
    says: 'servers without an instance are left alone',
    async run(service) {
      const other = createServer((_, response) => response.end(String(response.getHeader('x-request-id'))))
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
      const { port } = other.address() as { port: number }
      const connection = await Connection.open(port)
      const answer = await connection.send(requestText('/')).answer()
      expect([answer.body, answer.header('x-request-id')]).toEqual(['undefined', undefined])
      connection.drop()
      other.close()
      expect(await service.lines()).toEqual([])
    },
  },
  {
    row: 'S21',
    says: 'close() waits for an open request and writes its request line, also when called twice',
    async run(service) {
      const connection = await service.connect()
      const text = requestText('/events', { method: 'POST', body: 'hello', headers: { 'X-Marker': 'open' } })
      connection.send(text.slice(0, -2))
      await until('the request', async () => (await service.lines()).find((line) => line['marker'] === 'open'))
      const before = Date.now()
      let isClosed = false
      const closing = [service.spoor.close(), service.spoor.close()].map((one) => one.then(() => (isClosed = true)))
      expect(isClosed).toBe(false)
      connection.send(text.slice(-2))
      const answer = await connection.answer()
      await Promise.all(closing)
      // Both wait for the request, neither for the 5 s.
      expect(Date.now() - before).toBeLessThan(4_500)
      const line = (await service.lines()).find((one) => one['kind'] === 'request')
      expect(line).toMatchObject({ requestId: answer.id, status: 200 })
      expect(answer.body).toBe('hello')
    },
  },
  {
    row: 'S21',
    says: 'close() stops waiting for a request after 5 s and writes its request line; the response still arrives',
    async run(service) {
      const connection = await service.connect()
      const text = requestText('/iterate', { method: 'POST', body: 'hello' })
      connection.send(text.slice(0, -2))
      const { requestId } = await until('the request', async () =>
        (await service.lines()).find((line) => line.message === 'iterated'),
      )
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const closing = service.spoor.close()
      await vi.advanceTimersByTimeAsync(5_000)
      vi.useRealTimers()
      await closing
      expect(await service.requestLine(String(requestId))).toMatchObject({ path: '/iterate', aborted: true })
      expect((await connection.send(text.slice(-2)).answer()).id).toBe(requestId)
      await service.requestLines(1)
    },
  },
  {
    row: 'S21',
    says: 'close() does not wait for an upgraded connection and writes its request line',
    service: {
      spoor: { requestId: { trust: true } },
      onServer: (server) => {
        server.on('upgrade', (_, socket) => {
          socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n')
          socket.on('end', () => socket.end())
        })
      },
    },
    async run(service) {
      const connection = await service.connect()
      const headers = { Connection: 'Upgrade', Upgrade: 'echo', 'X-Request-ID': 'up-2' }
      expect((await connection.send(requestText('/live', { headers })).answer()).status).toBe(101)
      const before = Date.now()
      await service.spoor.close()
      // It would be for 5 s.
      expect(Date.now() - before).toBeLessThan(4_500)
      expect(await service.requestLine('up-2')).toMatchObject({ upgraded: true })
      connection.drop()
    },
  },
  {
    row: 'S21',
    says: 'close() removes every listener, timer, property and channel subscription of Spoor, and the server keeps serving',
    async run(service) {
      const { server, spoor } = service
      const exitListeners = process.listenerCount('exit')
      const timers = timersAlive()
      await service.ask('/events', { method: 'POST', body: 'hello' })
      await service.say('nonsense\r\n\r\n')
      expect(Object.getOwnPropertySymbols(server).map(String)).toContain('Symbol(spoor.claim.1)')
      expect(Object.hasOwn(server, 'emit')).toBe(true)
      expect(channel('http.server.request.start').hasSubscribers).toBe(true)

      await spoor.close()

      expect(Object.getOwnPropertySymbols(server).map(String)).not.toContain('Symbol(spoor.claim.1)')
      expect(Object.hasOwn(server, 'emit')).toBe(false)
      expect(channel('http.server.request.start').hasSubscribers).toBe(false)
      // The adapter is mounted still: answers keep their id.
      expect((await service.ask('/json')).id).toMatch(/-/)
      expect((await service.say('nonsense\r\n\r\n')).header('x-request-id')).toBeUndefined()
      await service.requestLines(3)

      await service.logs.close()
      // Ours was there from defineLogs on, one for all logs of the process.
      expect(process.listenerCount('exit')).toBe(exitListeners - 1)
      // Those of the runner are over soon.
      for (let asked = 0; asked < 100 && timersAlive() > timers; asked++) await pause(5)
      expect(timersAlive()).toBeLessThanOrEqual(timers)
    },
  },
  {
    row: 'S21',
    says: 'close() keeps listeners and subscriptions that other code added',
    async run(service) {
      const { server, spoor } = service
      const emit = server.emit
      const seen: string[] = []
      server.emit = function (this: typeof server, event: string, ...args: unknown[]) {
        seen.push(event)
        return Reflect.apply(emit, this, [event, ...args])
      } as typeof emit
      const listener = (): void => void seen.push('channel')
      subscribe('http.server.request.start', listener)
      await spoor.close()
      expect((await service.ask('/json')).status).toBe(200)
      expect(seen).toEqual(expect.arrayContaining(['request', 'channel']))
      unsubscribe('http.server.request.start', listener)
    },
  },
]

/** Timers and immediates that keep the process alive; the test runner has one of its own, now and then. */
function timersAlive(): number {
  return process.getActiveResourcesInfo().filter((one) => one === 'Immediate' || one === 'Timeout').length
}
