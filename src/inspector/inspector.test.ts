import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSpoor, defineLogs, type Spoor } from 'spoor'
import { spoorNode } from 'spoor/node'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { linesIn } from '../../test/conformance/lines.js'
import { temporaryFolder } from '../../test/programs/folder.js'
import { burn, onRealClock, testUsage } from '../../test/usage/burn.js'
import { createContext } from '../context/request-context.js'
import { type Internals, internalsOf, withInternals } from '../lifecycle/adapter.js'
import type { Reading } from '../reading/reading.js'
import { ReadingError } from '../reading/reading-error.js'
import { type InspectorParts, openInspector } from './inspector.js'

const WAITING = { timeout: 20_000, interval: 10 }

interface Service {
  readonly spoor: Spoor
  ask(
    path: string,
    headers?: Record<string, string>,
    method?: string,
  ): Promise<{ status: number; body: string; headers: Headers }>
  lines(): ReturnType<typeof linesIn>
}

const nothing: Reading = {
  record: async () => undefined,
  list: async () => ({ items: [] }),
  overview: async () => {
    throw new Error('not asked here')
  },
  item: (_, line) => line,
  session: () => {
    throw new Error('not asked here')
  },
  live: () => [],
  accounting: () => undefined,
  usage: () => ({ summary: '', pieces: [], span: '1h', exact: true, items: [] }),
  health: async () => undefined,
  dependencies: async () => undefined,
}

/** A service whose inspector uses `reading`; every reader sees everything. */
async function inspected(
  reading: Partial<Reading>,
  own: Partial<InspectorParts> = {},
  account: () => { user: string } = () => ({ user: 'olga' }),
  outer?: Spoor,
): Promise<Service> {
  const directory = temporaryFolder()
  const logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { requests: { console: false } },
  })
  const made = createSpoor({ service: 'test', logs, tracking: { mode: 'all' } })
  const internals = internalsOf(made) as Internals
  const { adapter } = internals
  const parts = { authorize: () => 'all' as const, adapter, reading: { ...nothing, ...reading }, ...own }
  const spoor = withInternals({ ...made }, { ...internals, adapter: { ...adapter, inspector: openInspector(parts) } })
  const server = createServer(
    spoorNode(spoor, { account, handler: (_, response) => response.end('x'), inspector: '/i' }),
  )
  outer?.attach(server)
  spoor.attach(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await spoor.close()
    await logs.close()
  })
  return {
    spoor,
    ask: async (path, headers = {}, method = 'GET') => {
      const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, {
        headers,
        method,
      })
      return { status: answer.status, body: await answer.text(), headers: answer.headers }
    },
    lines: () => linesIn(directory),
  }
}

describe('the methods of the page', () => {
  test.each(['/i', '/i/', '/i/assets/none.js'])('are told by OPTIONS %s as they are', async (path) => {
    const { ask } = await inspected({})
    const options = await ask(path, {}, 'OPTIONS')
    expect([options.status, options.headers.get('allow'), options.body]).toEqual([204, 'GET, HEAD, OPTIONS', ''])
    expect((await ask(path, {}, 'POST')).status).toBe(405)
  })
})

describe('a reading that fails', () => {
  test('gets a 500 without details, and is logged once with its stack', async () => {
    const { ask, spoor, lines } = await inspected({
      list: () => Promise.reject(new Error('the store is down: secret')),
    })
    const { status, body } = await ask('/i/api/requests')
    expect([status, body]).toEqual([500, expect.not.stringContaining('secret')])
    await spoor.flush()
    const failed = lines().filter((line) => line.file === 'root.log')
    expect(failed).toMatchObject([
      { level: 'error', error: { message: 'the store is down: secret', stack: expect.any(String) } },
    ])
  })

  test.each([
    ['ERR_SPOOR_STORE', 'store_failed'],
    ['ERR_SPOOR_BUSY', 'busy'],
  ] as const)('temporarily (%s) gets a 503 %s with Retry-After, and the reason is logged', async (failed, code) => {
    const error = new ReadingError(failed, 'records: the store is down: secret')
    const { ask, spoor, lines } = await inspected({ record: () => Promise.reject(error) })
    const { status, body, headers } = await ask('/i/api/requests/a')
    expect([status, JSON.parse(body), headers.get('retry-after')]).toMatchObject([503, { code }, '1'])
    expect(body).not.toContain('secret')
    await spoor.flush()
    expect(lines().filter((line) => line.file === 'root.log')).toMatchObject([
      { level: 'error', error: { code: failed } },
    ])
  })

  test('synchronously instead of through its promise gets the same answer', async () => {
    const { ask } = await inspected({
      live: () => {
        throw new Error('broken')
      },
    })
    expect((await ask('/i/api/live-requests')).status).toBe(500)
  })

  test('to end is abandoned after its time limit, and other readings continue', async () => {
    const { ask } = await inspected({ list: () => new Promise(() => {}) }, { withinMs: 50 })
    const hanging = ask('/i/api/requests')
    expect((await ask('/i/api/live-requests')).status).toBe(200)
    const { status, headers } = await hanging
    expect([status, headers.get('retry-after')]).toEqual([503, '1'])
  })

  test('to end does not pile up: the 17th reader of everything gets a 503, and there is room once the others end', async () => {
    let release = (): void => {}
    const open = new Promise<void>((resolve) => {
      release = resolve
    })
    const list = vi.fn(async () => {
      await open
      return { items: [] }
    })
    const { ask } = await inspected({ list })
    const first = Array.from({ length: 16 }, () => ask('/i/api/requests'))
    await vi.waitFor(() => expect(list).toHaveBeenCalledTimes(16), WAITING)
    expect((await ask('/i/api/requests')).status).toBe(503)
    release()
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual(Array(16).fill(200))
    expect((await ask('/i/api/requests')).status).toBe(200)
  })

  test('to end takes at most half of the places for one account, and other readers have room', async () => {
    let release = (): void => {}
    const open = new Promise<void>((resolve) => {
      release = resolve
    })
    const list = vi.fn(async () => {
      await open
      return { items: [] }
    })
    const who = { account: 'acme' }
    const asked = {
      authorize: ({ account }: { account?: string | undefined }) => (account === 'ops' ? 'all' : 'account'),
    } as const
    const { ask } = await inspected({ list }, asked, () => ({ user: 'ann', ...who }))
    const open16 = Array.from({ length: 16 }, () => ask('/i/api/requests'))
    await vi.waitFor(() => expect(list).toHaveBeenCalledTimes(16), WAITING)
    expect((await ask('/i/api/requests')).status).toBe(503)
    for (const account of ['globex', 'ops']) {
      who.account = account
      expect([account, (await ask('/i/api/live-requests')).status]).toEqual([account, 200])
    }
    who.account = 'acme'
    release()
    expect((await Promise.all(open16)).map(({ status }) => status)).toEqual(Array(16).fill(200))
    expect((await ask('/i/api/requests')).status).toBe(200)
  })

  test('gets a 400 for an invalid cursor, and a 500 for any other error', async () => {
    const { ask } = await inspected({ list: () => Promise.reject(new RangeError('no cursor')) })
    const { status, body } = await ask('/i/api/requests?before=abc')
    expect([status, JSON.parse(body)]).toMatchObject([
      400,
      { detail: 'before: expected the `next` of a page, got another value' },
    ])
    expect((await ask('/i/api/requests')).status).toBe(500)
  })
})

test('an id is decoded once, and read only if it is a valid id', async () => {
  const record = vi.fn(async () => undefined)
  const { ask } = await inspected({ record })
  for (const id of ['a%2Fb%3A7', 'a%252Fb', '%E0%A4%A', 'a%20b', 'x'.repeat(201), `${'%61'.repeat(200)}`, 'a/b', '']) {
    expect((await ask(`/i/api/requests/${id}`)).status).toBe(404)
  }
  expect(record.mock.calls.map((call: unknown[]) => call[1])).toEqual(['a/b:7', 'a'.repeat(200)])
})

test('/api/books answers as /api/accounting', async () => {
  const { ask } = await inspected({ accounting: () => ({ overheadMs: 1, watchingMs: 1 }) as never })
  const [renamed, old] = [await ask('/i/api/accounting'), await ask('/i/api/books')]
  expect([old.status, old.body]).toEqual([200, renamed.body])
})

test('an answer is safe on a terminal', async () => {
  const record = { requestId: 'a', path: '/\u009b2J\u202e' }
  const { ask } = await inspected({ record: async () => record as never })
  const { body } = await ask('/i/api/requests/a')
  expect(body).not.toMatch(/[\u0080-\u009f\u202e]/)
  expect(JSON.parse(body)).toEqual(record)
})

test('host and origin are checked before the resolver is called and anything is read', async () => {
  const account = vi.fn(() => ({ user: 'olga' }))
  const authorize = vi.fn(() => 'all' as const)
  const { ask } = await inspected({}, { hosts: ['elsewhere.test'], authorize }, account)
  expect((await ask('/i/api/requests')).status).toBe(421)
  expect([account, authorize].map((fn) => fn.mock.calls.length)).toEqual([0, 0])
})

test('paths beside the mount belong to the service', async () => {
  const { ask } = await inspected({})
  for (const path of ['/', '/inspect', '/i2/api/requests', '/I/api/requests', '//i/api/requests']) {
    expect([path, (await ask(path)).body]).toEqual([path, 'x'])
  }
  expect((await ask('/i')).status).toBe(404)
  expect((await ask('/i?x=1')).status).toBe(404)
})

test('the CPU of the inspector counts as overhead from its first byte on', onRealClock, async () => {
  const books = testUsage()
  onTestFinished(() => books.close())
  const { ask } = await inspected(
    {
      list: async () => {
        burn(10)
        await new Promise((resolve) => setImmediate(resolve))
        burn(10)
        return { items: [] }
      },
    },
    {
      authorize: () => {
        burn(10)
        return 'all'
      },
    },
    () => {
      burn(10)
      return { user: 'olga' }
    },
  )
  const before = books.books()
  expect((await ask('/i/api/requests')).status).toBe(200)
  const after = books.books()
  expect(after.watching - before.watching).toBeGreaterThan(38)
  // Each of the four burns 10.
  expect(after.requests - before.requests).toBeLessThan(8)
})

test('an inspector request that another instance began is excluded there', async () => {
  const directory = temporaryFolder()
  const logs = defineLogs({ directory, root: { console: false }, loggers: { requests: { console: false } } })
  const outer = createSpoor({ service: 'outer', logs, tracking: { mode: 'all' } })
  const usage = testUsage()
  const { ask } = await inspected({}, {}, undefined, outer)
  expect((await ask('/i/api/requests')).status).toBe(200)
  expect((await ask('/')).status).toBe(200)
  await vi.waitFor(async () => {
    await logs.flush()
    expect(linesIn(directory).map((line) => line['path'])).toEqual(['/'])
  }, WAITING)
  // Nothing is held open for it.
  const context = createContext('request')
  usage.begin(context)
  expect(usage.end(context)?.process.inFlight).toBe(1)
  usage.close()
  await outer.close()
  await logs.close()
})
