import { expect } from 'vitest'
import { requestText } from '../client.js'
import type { Case } from '../suite.js'

export const lines: readonly Case[] = [
  {
    row: 'S17',
    says: 'a request leaves one request line with method, path, status, duration and bytes',
    async run(service) {
      const answer = await service.ask('/json?token=secret')
      const line = await service.requestLine(answer.id)
      expect(line).toMatchObject({
        kind: 'request',
        id: answer.id,
        method: 'GET',
        path: '/json',
        status: 200,
        service: 'conformance',
        version: '1.0.0',
        pid: process.pid,
        durationMs: expect.any(Number),
        startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        level: 'info',
      })
      expect(line).not.toHaveProperty('aborted')
      expect(line).not.toHaveProperty('contextLost')
      expect(JSON.stringify(line)).not.toContain('secret')
    },
  },
  {
    row: 'S17',
    says: 'bytes are counted for each request of a kept-alive connection',
    async run(service) {
      const connection = await service.connect()
      const sizes: [number, unknown][] = []
      for (const length of [10, 1_000, 100]) {
        const text = requestText('/events', { method: 'POST', body: 'x'.repeat(length) })
        const answer = await connection.send(text).answer()
        sizes.push([text.length, (await service.requestLine(answer.id))['io']])
      }
      const read = sizes.map(([, io]) => (io as { client: { readBytes: number } }).client.readBytes)
      expect(read).toEqual(sizes.map(([length]) => length))
      const written = sizes.map(([, io]) => (io as { client: { writtenBytes: number } }).client.writtenBytes)
      expect(written[1] as number).toBeGreaterThan(1_000)
      expect(written[2] as number).toBeLessThan(1_000)
    },
  },
  {
    row: 'S17',
    says: 'bytes of pipelined requests are left out, because they cannot be told apart',
    async run(service) {
      const connection = await service.connect()
      const text = requestText('/events', { method: 'POST', body: 'hello', headers: { 'X-Delay': '2' } })
      connection.send(text + text)
      for (let i = 0; i < 2; i++) {
        const answer = await connection.answer()
        expect(await service.requestLine(answer.id)).not.toHaveProperty('io')
      }
      const answer = await connection.send(requestText('/json')).answer()
      expect(await service.requestLine(answer.id)).toMatchObject({
        io: { client: { readBytes: requestText('/json').length } },
      })
    },
  },
  {
    row: 'S17',
    says: 'a request that ignore matches leaves no request line, and one for which ignore throws leaves one',
    service: {
      spoor: {
        ignore: ({ path }) => {
          if (path === '/throw') throw new Error('no')
          return path === '/json'
        },
      },
    },
    async run(service) {
      const ignored = await service.ask('/json')
      const kept = await service.ask('/throw')
      await service.requestLine(kept.id)
      const ids = (await service.lines()).map((line) => line.requestId)
      expect(ids).not.toContain(ignored.id)
    },
  },
  {
    row: 'S17',
    says: "the request line has the route's pattern",
    async run(service) {
      const answer = await service.ask('/users/7')
      expect(answer.json()).toEqual({ user: '7' })
      expect(await service.requestLine(answer.id)).toMatchObject({ route: '/users/:id', path: '/users/7' })
    },
  },
  {
    row: 'S16',
    says: 'timers, promises and streams log with the id and the account after the response',
    service: { account: () => ({ account: 'acme' }) },
    async run(service) {
      const answer = await service.ask('/after')
      const wanted = ['late close', 'late timer', 'late immediate', 'late promise', 'late data', 'late end']
      const late = await service.linesOf(answer.id, (all) =>
        wanted.every((message) => all.some((line) => line.message === message)),
      )
      expect(new Set(late.map((line) => line.account))).toEqual(new Set(['acme']))
    },
  },
  {
    row: 'S16',
    says: 'a scope inside a request has its own id and the request as parent, also for events that it emits',
    service: { account: () => ({ account: 'acme' }) },
    async run(service) {
      const answer = await service.ask('/scope')
      const { id, inner, now } = answer.json()
      expect([id, now]).toEqual([answer.id, answer.id])
      expect(inner).not.toBe(answer.id)
      const inside = await service.linesOf(String(inner), (all) => all.length >= 2)
      expect(inside.map((line) => [line.message, line.parentId, line.account])).toEqual([
        ['in the scope', answer.id, 'acme'],
        ['emitted in the scope', answer.id, 'acme'],
      ])
      await service.requestLine(answer.id)
    },
  },
  {
    row: 'S12',
    says: 'a job has the account and the id of its request, and each attempt leaves a line under one id',
    service: { account: () => ({ account: 'acme', roles: ['admin'] }) },
    async run(service) {
      const answer = await service.ask('/job')
      const carried = answer.json()
      expect(carried).toEqual({ v: 1, id: expect.any(String), parentId: answer.id, account: 'acme', name: 'mail' })
      const attempt = async (fails: boolean): Promise<void> => {
        service.logs.get('app').info({ expect: carried['id'], expectParent: answer.id }, 'sending')
        if (fails) throw new Error('no post office')
      }
      const [first, second] = [{ attempt: 1, queuedMs: 3 }, { attempt: 2 }]
      await expect(service.spoor.runChild(carried as never, first, () => attempt(true))).rejects.toThrow('no post')
      await service.spoor.runChild(carried as never, second, () => attempt(false))
      const jobs = (await service.lines()).filter((line) => line['kind'] === 'job')
      expect(jobs).toMatchObject([
        { requestId: carried['id'], parentId: answer.id, account: 'acme', attempt: 1, queuedMs: 3, level: 'error' },
        { requestId: carried['id'], parentId: answer.id, account: 'acme', attempt: 2, level: 'info' },
      ])
      expect(jobs[1]).not.toHaveProperty('error')
    },
  },
]
