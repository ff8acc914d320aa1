import { expect } from 'vitest'
import type { Answer } from '../client.js'
import { askAs, bytesOf, inspected } from '../readers.js'
import { type Service, until } from '../service.js'
import type { Case } from '../suite.js'

interface Item {
  readonly account?: string
  readonly route?: string
  readonly requests: number
  readonly routes?: readonly { readonly route?: string }[]
}

const itemsOf = (answer: Answer): Item[] => answer.json()['items'] as Item[]

/** Requests of three accounts, of which acme has five, globex two, and the last works for no account. */
async function asked(service: Service): Promise<void> {
  for (const who of ['admin', 'admin', 'developer', 'admin', 'user', 'developer', 'admin', '-']) {
    await service.ask('/who', { headers: { 'X-Who': who } })
  }
  await service.requestLines(8)
  await until('the totals of all requests', async () => {
    const items = itemsOf(await askAs(service, 'operator', '/api/accounts?by=requests'))
    return items.reduce((sum, { requests }) => sum + requests, 0) === 8 ? true : undefined
  })
}

const readers = ['/api/accounts', '/api/routes'] as const

export const inspectorUsage: readonly Case[] = [
  {
    row: 'B3',
    says: 'a reader of everything sees what each account and route used, the most first, with a sentence',
    service: inspected('before'),
    async run(service) {
      await asked(service)
      const accounts = await askAs(service, 'operator', '/api/accounts?span=10m&by=requests')
      expect(itemsOf(accounts).map(({ account, requests }) => [account, requests])).toEqual([
        ['acme', 5],
        ['globex', 2],
        ['(anonymous)', 1],
      ])
      expect(accounts.json()).toMatchObject({
        summary: expect.stringMatching(/^acme had 5 requests in the last 10 minutes, 63 % of all requests/),
        span: '10m',
        exact: true,
      })
      const routes = await askAs(service, 'operator', '/api/routes?span=10m&by=requests')
      expect(itemsOf(routes).reduce((sum, { requests }) => sum + requests, 0)).toBe(8)
      const ofGlobex = await askAs(service, 'operator', '/api/routes?by=requests&account=globex')
      expect(itemsOf(ofGlobex).map(({ requests }) => requests)).toEqual([2])
      expect(ofGlobex.json()['summary']).toMatch(
        /^Of the work for globex, .* had 2 requests in the last hour, 100 % of/,
      )
    },
  },
  {
    row: 'B3',
    says: 'a reader of one account sees the use of this account only, without shares',
    service: inspected('before'),
    async run(service) {
      await asked(service)
      for (const path of readers) {
        for (const by of ['cpu', 'heldUp', 'queries', 'pool', 'bytes', 'requests', 'errors', 'counts.tokens']) {
          const answer = await askAs(service, 'admin', `${path}?by=${by}`)
          expect([answer.status, itemsOf(answer).map(({ requests }) => requests)]).toEqual([200, [5]])
          expect(answer.body).not.toMatch(/globex|\(other\)|anonymous|%|heldOthers/)
        }
      }
      // The same bytes for another account and for one that does not exist.
      const foreign = await askAs(service, 'admin', '/api/routes?account=globex')
      expect(itemsOf(foreign)).toEqual([])
      expect(bytesOf(foreign)).toEqual(bytesOf(await askAs(service, 'admin', '/api/routes?account=nowhere')))
      expect(itemsOf(await askAs(service, 'stray', '/api/accounts'))).toEqual([])
    },
  },
  {
    row: 'B3',
    says: 'CPU accounting of a span is that of the last minutes, for readers of everything only',
    service: inspected('before'),
    async run(service) {
      await asked(service)
      const answer = await askAs(service, 'operator', '/api/accounting?span=10m')
      const { requestsMs, threadCpuMs, exact, span } = answer.json() as Record<string, number | boolean | string>
      expect([answer.status, exact, span]).toEqual([200, true, '10m'])
      expect(requestsMs).toBeGreaterThan(0)
      expect(threadCpuMs).toBeGreaterThan(requestsMs as number)
      expect((await askAs(service, 'operator', '/api/books?span=10m')).status).toBe(200)
      expect((await askAs(service, 'admin', '/api/accounting?span=10m')).json()).toMatchObject({ code: 'forbidden' })
      expect((await askAs(service, 'admin', '/api/accounting?wrong=1')).status).toBe(403)
    },
  },
  {
    row: 'B3',
    says: 'without measuring, accounts have their counts but no CPU, and there is no CPU accounting',
    service: { ...inspected('before'), spoor: { ...inspected('before').spoor, tracking: { mode: 'off' } } },
    async run(service) {
      await asked(service)
      const answer = await askAs(service, 'operator', '/api/accounts')
      expect(answer.json()).toMatchObject({ summary: 'No CPU was measured in the last hour.', exact: false })
      for (const item of itemsOf(answer)) expect(item).not.toHaveProperty('cpuMs')
      for (const path of ['/api/accounting', '/api/accounting?span=1h']) {
        const accounting = await askAs(service, 'operator', path)
        expect([accounting.status, accounting.json()]).toEqual([
          200,
          { summary: 'No CPU is measured: tracking.mode is off.' },
        ])
      }
    },
  },
  {
    row: 'B3',
    says: 'wrong parameters of accounts, routes and accounting get a 400 that names each and repeats none of their text',
    service: inspected('before'),
    async run(service) {
      for (const path of [...readers, '/api/accounting']) {
        const answer = await askAs(service, 'operator', `${path}?span=evil&evil=1`)
        expect(answer.status).toBe(400)
        expect(answer.json()).toMatchObject({
          code: 'bad_query',
          detail: expect.stringMatching(/query: .*span: |span: .*query: /),
        })
        expect(answer.body).not.toContain('evil')
      }
    },
  },
]
