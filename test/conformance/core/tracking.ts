import { setTimeout as pause } from 'node:timers/promises'
import type { RecordStore, StoredRecord, TrackingOptions } from 'spoor'
import { expect } from 'vitest'
import { burn, onRealClock } from '../../usage/burn.js'
import type { Account, RawRoute } from '../fixture.js'
import type { Service, Wanted } from '../service.js'
import type { Case } from '../suite.js'

const people: Record<string, ReturnType<Account>> = {
  admin: { account: 'acme', user: 'ann', roles: ['admin'] },
  developer: { account: 'globex', user: 'dan', roles: ['developer'] },
  user: { account: 'acme', user: 'uma', roles: ['editor'] },
  roleless: { account: 'acme', user: 'rob' },
}
const account: Account = (request) => people[String(request.headers['x-who'])]

/** Keeps every record, so that a test sees which there are. */
class Kept implements RecordStore {
  readonly records: StoredRecord[] = []
  put(record: StoredRecord): void {
    this.records.push(record)
  }
  update(id: string, later: object): void {
    const at = this.records.findIndex((record) => record.id === id)
    this.records[at] = { ...(this.records[at] as StoredRecord), ...later }
  }
  get(): undefined {}
  list(): { items: StoredRecord[] } {
    return { items: [] }
  }
  health(): { records: number; bytes: number; maxBytes: number; evicted: number } {
    return { records: 0, bytes: 0, maxBytes: 0, evicted: 0 }
  }
  close(): void {}
}

const burning: RawRoute = (_, response) => {
  burn(5)
  response.setHeader('content-type', 'application/json')
  response.end('{"done":true}')
}

interface Tracked {
  readonly service: Service
  readonly kept: Kept
  /** Asks `/burn` as somebody, with the header or without. */
  ask(who: string, header?: string, path?: string): Promise<Record<string, string>>
}

function tracked(
  says: string,
  tracking: TrackingOptions,
  run: (tools: Tracked) => Promise<void>,
  own: Wanted = {},
): Case {
  let kept: Kept
  return {
    row: 'S4',
    says,
    get service(): Wanted {
      kept = new Kept()
      const spoor = { tracking: { lateMs: 20, ...tracking }, records: kept }
      return {
        account,
        ...own,
        spoor: { ...spoor, ...own.spoor },
        raw: (one, note) => ({ '/burn': burning, ...own.raw?.(one, note) }),
      }
    },
    async run(service) {
      await run({
        service,
        kept,
        async ask(who, header, path = '/burn') {
          const headers = { 'x-who': who, ...(header !== undefined && { 'x-debug-resource-tracking': header }) }
          const answer = await service.ask(path, { headers })
          await service.requestLine(answer.id)
          const pairs = [...answer.headers].map(([name, value]) => [name.toLowerCase(), value] as const)
          return { ...Object.fromEntries(pairs), body: answer.body }
        },
      })
    },
  }
}

/** One that says how long something took. */
const timed = (one: Case): Case => Object.assign(one, onRealClock)

/** One that shows how an adapter writes the headers of a tracked response. */
const perAdapter = (one: Case): Case => Object.assign(one, { perAdapter: true })

const id = 'x-resource-tracking-id'
const isTracked = (headers: Record<string, string>): boolean => headers[id] !== undefined

/** What of an answer may differ between two requests. */
function bytes(headers: Record<string, string>): string {
  const { date: _, 'x-request-id': __, ...rest } = headers
  return JSON.stringify(rest)
}

export const tracking: readonly Case[] = [
  perAdapter(
    timed(
      tracked(
        'a privileged user who asks gets a record, its id and the cost, and the response is not cached',
        {},
        async ({ kept, ask }) => {
          const headers = await ask('admin', 'true')
          expect(headers).toMatchObject({
            [id]: headers['x-request-id'],
            'cache-control': 'private, no-store',
            'server-timing': expect.stringMatching(/^cpu;dur=\d/),
          })
          const [record] = kept.records
          expect(record).toMatchObject({ id: headers[id], account: 'acme', user: 'ann', path: '/burn', status: 200 })
          expect(record?.cpu?.ms).toBeGreaterThan(2)
          const { heldUpMs = 0, outgoingMs = 0, stepsMs = 0, otherMs = 0, unmeasuredMs = 0 } = record?.waits ?? {}
          const sum = (record?.cpu?.ms ?? 0) + heldUpMs + outgoingMs + stepsMs + otherMs + unmeasuredMs
          expect(sum).toBeCloseTo(record?.durationMs ?? 0, 1)
        },
      ),
    ),
  ),
  tracked('the header accepts true, 1 and on, in any case, and nothing else', {}, async ({ ask }) => {
    for (const yes of ['true', '1', 'on', 'TRUE', 'On']) expect(isTracked(await ask('admin', yes)), yes).toBe(true)
    for (const no of ['false', '0', 'yes', '', 'true, true']) expect(isTracked(await ask('admin', no)), no).toBe(false)
    expect(isTracked(await ask('developer', '1'))).toBe(true)
  }),
  ...(['header', 'privileged', 'all', 'off'] as const).map((mode) =>
    tracked(
      `in mode ${mode} a user without the right gets the same bytes with and without the header`,
      { mode },
      async ({ kept, ask }) => {
        for (const who of ['user', 'roleless', 'nobody']) {
          const [without, ...others] = [await ask(who), await ask(who, 'true'), await ask(who, '1')].map(bytes)
          for (const other of others) expect(other, who).toBe(without)
          expect(without).not.toMatch(/tracking|server-timing|no-store/)
        }
        expect(kept.records.length > 0).toBe(mode === 'all')
      },
    ),
  ),
  tracked(
    'in mode privileged users with the right are tracked without the header',
    { mode: 'privileged' },
    async ({ kept, ask }) => {
      expect(isTracked(await ask('admin'))).toBe(true)
      expect(isTracked(await ask('user', 'true'))).toBe(false)
      expect(kept.records.map(({ user }) => user)).toEqual(['ann'])
    },
  ),
  tracked(
    'in mode all every request has a record, and only users with the right are told the cost',
    { mode: 'all' },
    async ({ kept, ask }) => {
      expect(isTracked(await ask('admin'))).toBe(true)
      expect(isTracked(await ask('user', 'true'))).toBe(false)
      expect(isTracked(await ask('nobody'))).toBe(false)
      expect(kept.records.map(({ user }) => user)).toEqual(['ann', 'uma', undefined])
      expect(kept.records[0]?.cpu?.fromMs).toBe(0)
    },
  ),
  tracked('in mode off no request is tracked', { mode: 'off' }, async ({ kept, ask }) => {
    expect(isTracked(await ask('admin', 'true'))).toBe(false)
    expect(kept.records).toEqual([])
  }),
  tracked(
    'at most maxOpen requests are measured at once',
    { maxOpen: 2 },
    async ({ ask }) => {
      const all = await Promise.all(
        ['admin', 'admin', 'developer', 'developer'].map((who) => ask(who, 'true', '/wait')),
      )
      // One of each account: no account has more than half of the places.
      expect([all.slice(0, 2), all.slice(2)].map((own) => own.filter(isTracked).length)).toEqual([1, 1])
      expect(isTracked(await ask('admin', 'true', '/wait'))).toBe(true)
    },
    {
      raw: () => {
        let arrived = 0
        let letGo = (): void => {}
        const allAreThere = new Promise<void>((resolve) => {
          letGo = resolve
        })
        return {
          '/wait': async (_, response) => {
            if (++arrived === 4) letGo()
            await allAreThere
            response.end()
          },
        }
      },
    },
  ),
  timed(
    tracked(
      'a request is measured for at most maxMs, and its record has truncated: true',
      { maxMs: 20 },
      async ({ kept, ask }) => {
        await ask('admin', 'true', '/slow')
        const [record] = kept.records
        expect(record).toMatchObject({ truncated: true })
        expect(record?.waits?.unmeasuredMs).toBeGreaterThan(10)
      },
      {
        raw: () => ({
          '/slow': async (_, response) => {
            await pause(40)
            // Wherever the process stood still, the 20 ms were over before this.
            await pause(20)
            response.end()
          },
        }),
      },
    ),
  ),
  tracked(
    'an event stream is not measured',
    { mode: 'all' },
    async ({ kept, ask }) => {
      for (const path of ['/events', '/Events']) expect(isTracked(await ask('admin', 'true', path))).toBe(false)
      expect(kept.records).toEqual([])
    },
    {
      raw: () => ({
        '/events': (_, response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' })
          response.end('data: 1\n\n')
        },
        '/Events': (_, response) => {
          response.setHeader('Content-Type', 'Text/Event-Stream; charset=utf-8')
          response.end('data: 1\n\n')
        },
      }),
    },
  ),
  tracked(
    'an allow that throws tracks no request and causes one warning',
    {
      allow: () => {
        throw new Error('no idea')
      },
    },
    async ({ service, ask }) => {
      for (const _ of [1, 2]) expect(isTracked(await ask('admin', 'true'))).toBe(false)
      const said = (await service.lines()).filter(({ message }) => message.includes('tracking.allow: threw'))
      expect(said).toHaveLength(1)
    },
  ),
  timed(
    tracked(
      'a user who becomes known later is measured from then on',
      {},
      async ({ kept, ask }) => {
        expect(isTracked(await ask('nobody', 'true', '/late'))).toBe(true)
        const [record] = kept.records
        expect(record?.cpu?.fromMs).toBeGreaterThan(5)
        expect(record?.waits?.unmeasuredMs).toBeCloseTo(record?.cpu?.fromMs ?? 0, 0)
      },
      {
        raw: (spoor) => ({
          '/late': async (_, response) => {
            await pause(15)
            spoor.identify({ account: 'acme', user: 'ann', roles: ['admin'] })
            response.end('late')
          },
        }),
      },
    ),
  ),
  timed(
    tracked(
      'named steps appear in the record and in Server-Timing, and run without measurement too',
      {},
      async ({ kept, ask }) => {
        const headers = await ask('admin', 'true', '/steps')
        expect(headers['server-timing']).toMatch(/, render_the_page;dur=\d+(\.\d)?$/)
        expect(kept.records[0]?.steps).toMatchObject([{ name: 'render the page', durationMs: expect.any(Number) }])
        expect(kept.records[0]?.waits?.stepsMs).toBeGreaterThan(5)
        expect(await ask('user', 'true', '/steps')).not.toHaveProperty('server-timing')
      },
      {
        raw: (spoor) => ({
          '/steps': async (_, response) => {
            const said = await spoor.measure('render the page', async () => {
              await pause(15)
              return 'rendered'
            })
            response.end(said)
          },
        }),
      },
    ),
  ),
  tracked(
    "the service's Cache-Control is replaced, and its Server-Timing is kept before Spoor's",
    {},
    async ({ ask }) => {
      const own = { 'cache-control': 'public, max-age=60', 'server-timing': 'db;dur=5' }
      const headers = await ask('admin', 'true', '/own')
      expect(headers['cache-control']).toBe('private, no-store')
      expect(headers['server-timing']).toMatch(/^db;dur=5, cpu;dur=/)
      expect(await ask('user', 'true', '/own')).toMatchObject(own)
    },
    {
      raw: () => ({
        '/own': (_, response) => {
          response.writeHead(200, { 'Cache-Control': 'public, max-age=60', 'Server-Timing': 'db;dur=5' })
          response.end()
        },
      }),
    },
  ),
  tracked(
    'no request waits for a store that throws, rejects or never settles, and one warning names it',
    {},
    async ({ service, ask }) => {
      for (const _ of [1, 2, 3]) expect(isTracked(await ask('admin', 'true'))).toBe(true)
      const said = (await service.lines()).filter(({ message }) => message.includes('the store failed'))
      expect(said).toHaveLength(1)
    },
    {
      spoor: {
        records: Object.assign(new Kept(), {
          put: (() => {
            let at = 0
            const ways = [
              () => {
                throw new Error('full')
              },
              () => Promise.reject(new Error('gone')),
              () => new Promise<void>(() => {}),
            ]
            return () => ways[at++ % ways.length]?.()
          })(),
        }),
      },
    },
  ),
  timed(
    tracked(
      'work after the response is added to the record as late',
      { lateMs: 60 },
      async ({ kept, ask }) => {
        await ask('admin', 'true', '/after')
        while (kept.records[0]?.late === undefined) await pause(5)
        expect(kept.records[0].late.cpuMs).toBeGreaterThan(2)
      },
      {
        raw: () => ({
          '/after': (_, response) => {
            response.end('sent')
            setTimeout(() => {
              burn(5)
            }, 20)
          },
        }),
      },
    ),
  ),
]
