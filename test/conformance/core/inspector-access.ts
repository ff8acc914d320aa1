import { expect } from 'vitest'
import { askAs, bytesOf, idsOf, inspected, people } from '../readers.js'
import { type Service, until } from '../service.js'
import type { Case } from '../suite.js'

/** What a reader gets: of lists those of which accounts, of ids those of which accounts, of the process its status. */
interface Rights {
  readonly status: 200 | 401 | 403
  readonly sees: readonly string[]
  readonly process: 200 | 401 | 403
}

const rights: Readonly<Record<string, Rights>> = {
  admin: { status: 200, sees: ['acme'], process: 403 },
  developer: { status: 200, sees: ['globex'], process: 403 },
  stray: { status: 200, sees: [], process: 403 },
  operator: { status: 200, sees: ['acme', 'globex', 'none'], process: 200 },
  user: { status: 403, sees: [], process: 403 },
  nobody: { status: 401, sees: [], process: 401 },
}

type Ids = Readonly<Record<string, string>>

/** Somebody of each account, and nobody. */
const asking = [
  ['acme', 'admin'],
  ['globex', 'developer'],
  ['none', ''],
] as const

/** One request for each account and one for none, by their ids. */
async function finished(service: Service): Promise<Ids> {
  const ids: Record<string, string> = {}
  for (const [account, who] of asking) {
    const { id } = await service.ask('/who', { headers: { 'X-Who': who } })
    ids[account] = id
    await service.requestLine(id)
  }
  return ids
}

/** One request for each account that does not end. */
async function open(service: Service): Promise<Ids> {
  const ids: Record<string, string> = {}
  for (const [account, who] of asking) {
    const connection = await service.connect()
    connection.send(`GET /hang HTTP/1.1\r\nHost: service.test\r\nX-Who: ${who}\r\nX-Marker: ${account}\r\n\r\n`)
    const line = await until(`the open request of ${account}`, async () =>
      (await service.lines()).find((one) => one['marker'] === account),
    )
    ids[account] = String(line.requestId)
  }
  return ids
}

async function seesOnly(service: Service, who: string, { status, sees, process }: Rights): Promise<void> {
  const done = await finished(service)
  const live = await open(service)
  const list = await askAs(service, who, '/api/requests')
  const liveList = await askAs(service, who, '/api/live-requests')
  expect([list.status, liveList.status]).toEqual([status, status])
  if (status === 200) {
    expect(idsOf(list).sort()).toEqual(sees.map((account) => done[account]).sort())
    expect(idsOf(liveList).sort()).toEqual(sees.map((account) => live[account]).sort())
  }
  for (const [account, id] of Object.entries(done)) {
    const one = await askAs(service, who, `/api/requests/${id}`)
    expect([account, one.status]).toEqual([account, status !== 200 || sees.includes(account) ? status : 404])
    if (one.status === 200) expect(one.json()).toMatchObject({ id, requestId: id })
    else expect(one.body).not.toContain(account)
    // A filter for another account shows nothing of that account.
    const filtered = await askAs(service, who, `/api/requests?account=${account}`)
    expect(filtered.status).toBe(status)
    if (status === 200) expect(idsOf(filtered)).toEqual(sees.includes(account) && account !== 'none' ? [id] : [])
  }
  for (const path of ['/api/books', '/api/health', '/api/dependencies'])
    expect((await askAs(service, who, path)).status).toBe(process)
}

function alike(says: string, who: string, ask: (ids: Ids) => string, other: string): Case {
  return {
    row: 'S13',
    says: `the inspector answers ${says} with the same bytes as an unknown id`,
    service: inspected('after'),
    async run(service) {
      const ids = await finished(service)
      const answer = await askAs(service, who, ask(ids))
      expect(answer.status).toBe(404)
      expect(bytesOf(answer)).toEqual(bytesOf(await askAs(service, who, other)))
    },
  }
}

const unknown = '/api/requests/01a20cbd-6426-707a-a1ab-a7dd0f1b12b1'

export const inspectorAccess: readonly Case[] = [
  ...Object.entries(rights).map(
    ([who, right]): Case => ({
      row: 'S13',
      says: `the reader ${who} ${saysOf(right)}`,
      service: inspected('before'),
      run: (service) => seesOnly(service, who, right),
    }),
  ),
  alike('an id of another account', 'admin', (ids) => `/api/requests/${ids['globex']}`, unknown),
  alike('the id of a request without an account', 'admin', (ids) => `/api/requests/${ids['none']}`, unknown),
  alike('any id to a reader without an account', 'stray', (ids) => `/api/requests/${ids['acme']}`, unknown),
  alike('a malformed id', 'admin', () => '/api/requests/%ff%00..%2f', unknown),
  alike('an unknown endpoint', 'operator', () => '/api/secrets', unknown),
  {
    row: 'S13',
    says: 'the inspector takes about as long for an id of another account as for an unknown id',
    service: inspected('before'),
    async run(service) {
      const foreign = `/api/requests/${(await finished(service))['globex']}`
      const times: Record<string, number[]> = { [foreign]: [], [unknown]: [] }
      for (let i = 0; i < 60; i++) {
        for (const path of [foreign, unknown]) {
          const start = performance.now()
          await askAs(service, 'admin', path)
          times[path]?.push(performance.now() - start)
        }
      }
      const [a, b] = Object.values(times).map(median) as [number, number]
      expect(Math.abs(a - b)).toBeLessThan(0.5 * Math.max(a, b) + 1)
    },
  },
  {
    row: 'B6',
    perAdapter: true,
    says: 'the inspector resolves the account wherever it is mounted',
    service: inspected('after'),
    async run(service) {
      expect((await askAs(service, 'admin', '/api/requests')).status).toBe(200)
      expect((await askAs(service, undefined, '/api/requests')).status).toBe(401)
    },
  },
  {
    row: 'B6',
    says: 'a failing account resolver gives no access to the inspector, and is answered as on other routes',
    service: {
      ...inspected('before'),
      account: (request) => {
        if (request.headers['x-who'] === 'expired') throw Object.assign(new Error('expired'), { status: 401 })
        return new Promise((_, reject) => setImmediate(reject, new Error('the directory is down')))
      },
    },
    async run(service) {
      const [expired, broken] = [
        await askAs(service, 'expired', '/api/requests'),
        await askAs(service, 'admin', '/api/requests'),
      ]
      expect([expired.status, broken.status]).toEqual([401, 500])
      expect(broken.json()).toMatchObject({ code: 'internal_error', requestId: broken.id })
    },
  },
  ...authorizeCases(),
  {
    row: 'B6',
    says: 'authorize sees account, user, roles and the request, and cannot change the roles',
    service: inspected('before', {
      authorize: (who, request) => {
        ;(who.roles as string[]).push('operator')
        const seen = [who.account, who.user, request.method, request.path, request.header('x-who')]
        return JSON.stringify(seen) === '["acme","ann","GET","/_spoor/api/requests","admin"]' ? 'account' : false
      },
    }),
    async run(service) {
      expect((await askAs(service, 'admin', '/api/requests')).status).toBe(200)
      expect((await askAs(service, 'admin', '/api/requests?limit=1')).status).toBe(200)
      expect((await askAs(service, 'user', '/api/requests')).status).toBe(403)
      expect(people['admin']?.roles).toEqual(['admin'])
    },
  },
]

function saysOf({ status, sees, process }: Rights): string {
  if (status !== 200) return `gets a ${status} for every endpoint`
  return `sees requests of ${sees.length === 0 ? 'no account' : sees.join(', ')} and gets a ${process} for the process`
}

/** `authorize` that does anything but return an access. */
function authorizeCases(): Case[] {
  const wrong: Readonly<Record<string, () => unknown>> = {
    'throws an error': () => {
      throw new Error('the rules are down')
    },
    'throws undefined': () => {
      throw undefined
    },
    'never settles': () => new Promise(() => {}),
    'resolves to all': () => Promise.resolve('all'),
    'rejects later': () => Promise.reject(new Error('the rules are down')),
    'returns true': () => true,
    'returns nothing': () => undefined,
    'returns ALL': () => 'ALL',
    'returns a list': () => ['all'],
    'returns an object that converts to all': () => ({ toString: () => 'all', valueOf: () => 'all' }),
  }
  return Object.entries(wrong).map(([says, authorize]) => ({
    row: 'B6',
    says: `an authorize that ${says} gives no access, and is logged`,
    service: inspected('before', { authorize: authorize as never }),
    async run(service) {
      for (const path of ['/api/requests', unknown, '/api/live-requests', '/api/books', '/api/health', '/api/none']) {
        const answer = await askAs(service, 'operator', path)
        expect([answer.status, answer.json()['detail']]).toEqual([403, undefined])
      }
      const lines = (await service.lines()).filter((line) => line.file === 'root.log')
      if (says.startsWith('throws')) {
        expect(lines[0]).toMatchObject({
          error: { message: expect.stringMatching(/the rules are down|threw nothing/) },
        })
      } else expect(lines.filter((line) => line.message.startsWith('inspector.authorize: expected'))).toHaveLength(1)
    },
  }))
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}
