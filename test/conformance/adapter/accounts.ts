import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Account } from '../fixture.js'
import type { Case } from '../suite.js'

const ann = { account: 'acme', user: 'ann', roles: ['admin'] }

function fails(says: string, account: Account, code: string, status = 500): Case {
  return {
    row: 'S3',
    says: `a resolver that ${says} fails its request with the id, and the service lives`,
    service: {
      account: (request) => (request.url === '/who' ? account(request) : undefined),
      spoor: { resolveWithinMs: 50 },
    },
    async run(service) {
      const answer = await service.ask('/who')
      expect([answer.status, answer.json()['requestId']]).toEqual([status, answer.id])
      const line = await service.requestLine(answer.id)
      expect(line['error']).toMatchObject({ code })
      expect(line).not.toHaveProperty('account')
      const stack = (await service.lines()).filter((one) => one.file === 'root.log' && one.requestId === answer.id)
      expect(stack).toHaveLength(1)
      expect((await service.ask('/json')).status).toBe(200)
    },
  }
}

const resolvers: Record<string, Account> = {
  'an identity said at once': () => ann,
  'an identity said by a promise': async () => {
    await turn()
    return ann
  },
}

function knows(says: string, account: Account): Case {
  return {
    row: 'S3',
    says: `${says} is there in the handler, on its lines and on the request line`,
    service: { account },
    async run(service) {
      const who = await service.ask('/who')
      expect(who.json()).toEqual(ann)
      expect(await service.requestLine(who.id)).toMatchObject({ account: 'acme', user: 'ann' })
      const events = await service.ask('/events', { method: 'POST', body: 'hello' })
      const lines = await service.linesOf(events.id, (all) => all.some((line) => line.message === 'response close'))
      expect(events.body).toBe('hello')
      expect(new Set(lines.map((line) => line.account))).toEqual(new Set(['acme']))
    },
  }
}

const coded = (code: string): Error => Object.assign(new Error('the directory is down'), { code })

export const accounts: readonly Case[] = [
  ...Object.entries(resolvers).map(([says, account]) => knows(says, account)),
  {
    row: 'S3',
    says: 'nobody signed in is no account: no line has one',
    service: { account: () => undefined },
    async run(service) {
      const answer = await service.ask('/who')
      expect(answer.json()).toEqual({ roles: [] })
      expect(await service.requestLine(answer.id)).not.toHaveProperty('account')
    },
  },
  {
    row: 'S3',
    says: 'a body sent at once is not lost while a resolver is awaited',
    service: { account: resolvers['an identity said by a promise'] as Account },
    async run(service) {
      const answer = await service.ask('/events', { method: 'POST', body: 'hello' })
      expect(answer.body).toBe('hello')
    },
  },
  fails(
    'throws',
    () => {
      throw coded('E_DIRECTORY')
    },
    'E_DIRECTORY',
  ),
  fails('rejects', () => Promise.reject(coded('E_DIRECTORY')), 'E_DIRECTORY'),
  fails('hangs', () => new Promise(() => {}), 'ERR_SPOOR_RESOLVER_TIMEOUT'),
  fails('answers a number', () => 7 as never, 'ERR_SPOOR_IDENTITY'),
  fails('answers null', () => null as never, 'ERR_SPOOR_IDENTITY'),
  fails('answers an empty account', () => ({ account: '' }), 'ERR_SPOOR_IDENTITY'),
  fails('answers an account of 201 characters', () => ({ account: 'a'.repeat(201) }), 'ERR_SPOOR_IDENTITY'),
  fails(
    'answers roles that are no list',
    async () => ({ account: 'acme', roles: 'admin' as never }),
    'ERR_SPOOR_IDENTITY',
  ),
  {
    row: 'S3',
    says: 'a resolver that refuses with a status of its own is answered with it',
    service: {
      account: () => {
        const headers = { 'www-authenticate': 'Bearer' }
        throw Object.assign(new Error('token expired'), { status: 401, expose: true, headers })
      },
    },
    async run(service) {
      const answer = await service.ask('/who')
      expect([answer.status, answer.header('www-authenticate')]).toEqual([401, 'Bearer'])
      expect(answer.json()['requestId']).toBe(answer.id)
    },
  },
  {
    row: 'S3',
    says: 'an account said later is on every later line of the request',
    async run(service) {
      const answer = await service.ask('/late-identify', { headers: { 'X-Account': 'acme' } })
      expect(answer.json()).toEqual({ account: 'acme' })
      expect(await service.requestLine(answer.id)).toMatchObject({ account: 'acme', user: 'ann' })
      const lines = await service.linesOf(answer.id, (all) => all.length >= 2)
      expect(lines.map((line) => line.account)).toEqual(['acme', 'acme'])
    },
  },
  {
    row: 'S3',
    says: 'another account later is refused',
    service: { account: () => ann },
    async run(service) {
      const answer = await service.ask('/late-identify', { headers: { 'X-Account': 'globex' } })
      expect(answer.status).toBe(500)
      const line = await service.requestLine(answer.id)
      expect(line).toMatchObject({ account: 'acme', error: { code: 'ERR_SPOOR_ACCOUNT_SWITCH' } })
    },
  },
  {
    row: 'S3',
    says: 'another account later is taken where the switch is explicit',
    service: { account: () => ann },
    async run(service) {
      const answer = await service.ask('/late-identify', { headers: { 'X-Account': 'globex', 'X-Switch': 'yes' } })
      expect(answer.json()).toEqual({ account: 'globex' })
    },
  },
  {
    row: 'S3',
    says: 'what a resolver says after its time counts no more',
    service: {
      spoor: { resolveWithinMs: 5 },
      account: async (request) => {
        await new Promise((resolve) => request.socket.once('close', resolve))
        return { account: 'late' }
      },
    },
    async run(service) {
      const answer = await service.ask('/who', { headers: { Connection: 'close' } })
      expect(answer.status).toBe(500)
      expect(await service.requestLine(answer.id)).not.toHaveProperty('account')
    },
  },
]
