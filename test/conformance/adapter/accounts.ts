import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Account } from '../fixture.js'
import type { Case } from '../suite.js'

const ann = { account: 'acme', user: 'ann', roles: ['admin'] }

function fails(says: string, account: Account, code: string, status = 500): Case {
  return {
    row: 'S3',
    says: `a request fails with its id when the resolver ${says}, and the service keeps running`,
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
  'an identity that is returned': () => ann,
  'an identity that a promise resolves to': async () => {
    await turn()
    return ann
  },
}

function knows(says: string, account: Account): Case {
  return {
    row: 'S3',
    says: `${says} is known in the handler, on its log lines and on the request line`,
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
    says: 'a request without a signed-in user has no account on any line',
    service: { account: () => undefined },
    async run(service) {
      const answer = await service.ask('/who')
      expect(answer.json()).toEqual({ roles: [] })
      expect(await service.requestLine(answer.id)).not.toHaveProperty('account')
    },
  },
  {
    row: 'S3',
    says: 'a request is anonymous when the resolver returns null, at once or later, as database clients do',
    service: { account: (request) => (request.url === '/who' ? null : Promise.resolve(null)) },
    async run(service) {
      const now = await service.ask('/who')
      expect([now.status, now.json()]).toEqual([200, { roles: [] }])
      expect(await service.requestLine(now.id)).not.toHaveProperty('account')
      expect((await service.ask('/json')).status).toBe(200)
    },
  },
  {
    row: 'S3',
    says: 'a body that arrives while the resolver runs is not lost',
    service: { account: resolvers['an identity that a promise resolves to'] as Account },
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
  fails('returns a number', () => 7 as never, 'ERR_SPOOR_IDENTITY'),
  fails('returns an empty account', () => ({ account: '' }), 'ERR_SPOOR_IDENTITY'),
  fails('returns an account of 201 characters', () => ({ account: 'a'.repeat(201) }), 'ERR_SPOOR_IDENTITY'),
  fails(
    'returns roles that are not a list',
    async () => ({ account: 'acme', roles: 'admin' as never }),
    'ERR_SPOOR_IDENTITY',
  ),
  {
    row: 'S3',
    says: 'a resolver refuses a request by throwing an error with a status',
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
    says: 'an account that is set later is on every later line of the request',
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
    says: 'a later change to another account is refused',
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
    says: 'a later change to another account is accepted with switch: true',
    service: { account: () => ann },
    async run(service) {
      const answer = await service.ask('/late-identify', { headers: { 'X-Account': 'globex', 'X-Switch': 'yes' } })
      expect(answer.json()).toEqual({ account: 'globex' })
    },
  },
  {
    row: 'S3',
    says: 'the result of a resolver that exceeds its timeout is ignored',
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
