import { connect } from 'node:http2'
import { setTimeout as pause } from 'node:timers/promises'
import { createSpoor, defineLogs, type TrackingOptions } from 'spoor'
import { expect, onTestFinished, vi } from 'vitest'
import { type Answer, type Ask, requestText } from '../client.js'
import type { RawRoute } from '../fixture.js'
import { askAs, bytesOf, idsOf, inspected, people } from '../readers.js'
import { type Service, until, type Wanted } from '../service.js'
import type { Case } from '../suite.js'

const quiet = { console: false }

const modes = ['header', 'privileged', 'all', 'off'] as const
/** Callers who may not be tracked: a user without the role, and a caller who is not signed in. */
const untold = ['user', ''] as const
// As a header's name, not as one that pages may see; what errors say of caches they say to everybody.
const said = /\["(?:X-Resource-Tracking-ID|Server-Timing)"|private, no-store/i

const asked: readonly (readonly [string, Ask])[] = [
  ['/json', {}],
  ['/json', { method: 'HEAD' }],
  ['/json', { method: 'OPTIONS' }],
  ['/json', { method: 'PUT' }],
  ['/throw', {}],
  ['/throw-teapot', {}],
  ['/reject', {}],
  ['/empty', {}],
  ['/not-modified', {}],
  ['/redirect', {}],
  ['/stream', {}],
  ['/cleared', {}],
  ['/nowhere', {}],
  ['/flush-headers', {}],
  ['/cors-own', {}],
  ['/head-array', {}],
  ['/later', {}],
  ['/body', { method: 'POST', body: '{"half":', headers: { 'Content-Type': 'application/json' } }],
]

/** `ETag` is of the body, in which the id stands. */
function withoutId(answer: Answer): unknown {
  return JSON.parse(JSON.stringify(bytesOf(answer)).replace(/W\/\\"[^"]*\\"/, 'ETAG'))
}

function wanted(tracking: TrackingOptions, own: Wanted = {}): Wanted {
  const base = inspected('before')
  return { ...base, ...own, spoor: { ...base.spoor, tracking: { lateMs: 20, ...tracking } } }
}

/** Sets the identity late: a user who may not be tracked. */
const later: Wanted['raw'] = (spoor) => ({
  '/later': async (_, response) => {
    await pause(2)
    spoor.identify({ account: 'acme', user: 'uma', roles: ['editor'] })
    response.end('later')
  },
})

const wishes = [undefined, 'true', '1', 'on', 'true, true', 'x'.repeat(4_000)]

function wish(who: string, header: string | undefined): Record<string, string> {
  return { 'X-Who': who, ...(header !== undefined && { 'X-Debug-Resource-Tracking': header }) }
}

/** A request that is open until it is told to end. */
function held(): { route: RawRoute; begun: Promise<void>; end: () => void } {
  let [begin, end] = [() => {}, () => {}]
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const over = new Promise<void>((resolve) => (end = resolve))
  const route: RawRoute = async (_, response) => {
    begin()
    await over
    response.end('over')
  }
  return { route, begun, end }
}

/** Asks until one is measured: the place of another is free. */
async function measuredAgain(service: Service, path = '/json'): Promise<void> {
  await until('a free place', async () => {
    const answer = await service.ask(path, { headers: wish('admin', 'true') })
    return answer.header('x-resource-tracking-id')
  })
}

export const trackingUntold: readonly Case[] = [
  ...modes.map(
    (mode): Case => ({
      row: 'S4',
      says: `in mode ${mode} errors, streams, HEAD, 304 and other responses are the same bytes for a user without the right, with and without the header`,
      service: wanted({ mode }, { raw: later }),
      async run(service) {
        for (const [path, ask] of asked) {
          for (const who of untold) {
            const answers = []
            for (const header of wishes) {
              const headers = { ...ask.headers, ...wish(who, header) }
              answers.push(withoutId(await service.ask(path, { ...ask, headers })))
            }
            for (const answer of answers) expect(answer, `${path} ${who}`).toEqual(answers[0])
            expect(JSON.stringify(answers[0]), path).not.toMatch(said)
          }
        }
      },
    }),
  ),
  {
    row: 'S4',
    says: 'among pipelined requests only those of users with the right are told the cost',
    service: wanted({ mode: 'header' }),
    async run(service) {
      const connection = await service.connect()
      const asking = ['admin', 'user', '', 'admin', 'user']
      connection.send(asking.map((who) => requestText('/json', { headers: wish(who, 'true') })).join(''))
      for (const who of asking) {
        const answer = await connection.answer()
        expect(said.test(JSON.stringify(answer.headers)), who).toBe(who === 'admin')
      }
    },
  },
  {
    row: 'S4',
    says: 'HTTP/2: only a user with the right is told the cost, and others get the same headers with and without asking',
    service: wanted({ mode: 'header' }, { http2: true }),
    async run(service) {
      const client = connect(`http://127.0.0.1:${service.port}`)
      onTestFinished(() => client.destroy())
      const headersOf = (path: string, who: string, header?: string): Promise<object> =>
        new Promise((resolve, reject) => {
          const stream = client.request({ ':path': path, ...wish(who, header) })
          stream.on('response', ({ date: _, 'x-request-id': __, ...headers }) => resolve(headers))
          stream.on('error', reject)
          stream.resume()
        })
      for (const path of ['/json', '/stream', '/throw-teapot']) {
        for (const who of untold) {
          const without = await headersOf(path, who)
          expect(await headersOf(path, who, 'true')).toEqual(without)
        }
        expect(await headersOf(path, 'admin', 'true')).toHaveProperty('server-timing')
      }
    },
  },
  {
    row: 'S4',
    says: 'a request that changes to a user without the right is not told the cost',
    service: wanted(
      { mode: 'header' },
      {
        raw: (spoor) => ({
          '/become': (_, response) => {
            spoor.identify(people['user'] as object)
            response.end('another')
          },
        }),
      },
    ),
    async run(service) {
      const answer = await service.ask('/become', { headers: wish('admin', 'true') })
      expect(JSON.stringify(answer.headers)).not.toMatch(said)
    },
  },
  {
    row: 'S4',
    says: 'a user with the right is told the cost when another instance resolves the account',
    service: wanted(
      {},
      {
        attach: false,
        onServer: (server) => {
          const logs = defineLogs({ files: false, root: quiet, loggers: { requests: quiet } })
          const below = createSpoor({ service: 'below', logs })
          below.attach(server)
          onTestFinished(async () => {
            await below.close()
            await logs.close()
          })
        },
      },
    ),
    async run(service) {
      const answer = await service.ask('/json', { headers: wish('admin', 'true') })
      expect(answer.header('x-resource-tracking-id')).toBe(answer.id)
      expect(JSON.stringify((await service.ask('/json', { headers: wish('user', 'true') })).headers)).not.toMatch(said)
    },
  },
  {
    row: 'S4',
    says: 'a request without a record gets no tracking id',
    service: { ...wanted({}), spoor: { ...wanted({}).spoor, ignore: ({ path }) => path === '/json' } },
    async run(service) {
      const ignored = await service.ask('/json', { headers: wish('admin', 'true') })
      expect(JSON.stringify(ignored.headers)).not.toMatch(said)
      await measuredAgain(service, '/stream')
    },
  },
  switched(),
  {
    row: 'S4',
    says: 'a place among maxOpen is free again after a disconnect, a failed handler, an upgrade and an event stream',
    service: wanted(
      { maxOpen: 1 },
      {
        raw: () => ({
          '/events': (_, response) => {
            response.writeHead(200, { 'Content-Type': 'text/event-stream' })
            response.write('data: 1\n\n')
          },
        }),
        onServer: (server) => {
          server.on('upgrade', (_, socket) => {
            socket.on('error', () => {})
            socket.on('end', () => socket.end())
            socket.resume().write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n')
          })
        },
      },
    ),
    async run(service) {
      const upgrade = { Connection: 'Upgrade', Upgrade: 'x' }
      const headers = wish('admin', 'true')
      const open: readonly (readonly [string, Ask])[] = [
        ['/hang', {}],
        ['/throw', {}],
        ['/throw-late', {}],
        ['/json', { headers: upgrade }],
        ['/events', {}],
      ]
      for (const [path, ask] of open) {
        const connection = await service.connect()
        connection.send(requestText(path, { ...ask, headers: { ...headers, ...ask.headers } }))
        await pause(20)
        if (path !== '/json' && path !== '/events') connection.drop()
        await measuredAgain(service)
      }
      await until('no request measured', async () => {
        const { tracking } = (await askAs(service, 'operator', '/api/health')).json() as { tracking: { open: number } }
        return tracking.open === 0 ? true : undefined
      })
    },
  },
]

/** An account that is switched half way, seen while it is open and afterwards, from memory and from its line. */
function switched(): Case {
  const { route, begun, end } = held()
  return {
    row: 'S13',
    says: 'a request whose account was switched, its record and its line are visible only to readers of everything',
    service: wanted(
      { mode: 'all', keepForMs: 600_000 },
      {
        raw: (spoor) => ({
          '/switch': (request, response) => {
            spoor.identify({ account: 'globex', user: 'gus' }, { switch: true })
            return route(request, response)
          },
        }),
      },
    ),
    async run(service) {
      const connection = await service.connect()
      connection.send(requestText('/switch', { headers: wish('admin', undefined) }))
      await begun
      const sees = async (who: string, path: string): Promise<boolean> =>
        idsOf(await askAs(service, who, path)).length > 0
      const all = [
        ['admin', false],
        ['developer', false],
        ['operator', true],
      ] as const
      for (const [who, may] of all) expect(await sees(who, '/api/live-requests'), who).toBe(may)
      end()
      const { id } = await connection.answer()
      await service.requestLine(id)
      for (const source of ['memory', 'log']) {
        for (const [who, may] of all) {
          const one = await askAs(service, who, `/api/requests/${id}`)
          expect([who, source, one.status]).toEqual([who, source, may ? 200 : 404])
          if (may) expect(one.json()).toMatchObject({ source, accountSwitched: true })
          if (source === 'memory') expect(await sees(who, '/api/requests'), who).toBe(may)
        }
        // Its time in memory is over, by the clock that the records go by.
        const { now } = performance
        if (source === 'memory') vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 600_001)
      }
    },
  }
}
