// A service without log files: its inspector reads lines, stories, live lines and totals from ClickHouse. And the command line does.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSpoor, defineLogs } from 'spoor'
import { type ClickHouseClient, clickhouseLines, clickhouseRecords } from 'spoor/clickhouse'
import { spoorNode } from 'spoor/node'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { clickhouseSource } from '../../src/reading/clickhouse/clickhouse-lines.js'
import { find } from '../../src/reading/find/find.js'
import { RowsReading } from '../../src/reading/rows-reading.js'
import { readAccess } from '../../src/records/read-access.js'
import { clientOf, hasChdb, type TestClient, withoutSystem } from '../chdb/chdb.js'
import { build, objects, spoor as run, start as startCommand } from '../cli/command-line.js'
import { made } from '../records/made.js'
import { serveChdb } from './setup.js'
import { bothOf, idAt, lineOf, requestLineOf, start } from './written.js'

const patience = { timeout: 30_000, interval: 100 }

/** The parts of the API's answers that the tests look at. */
interface Answer {
  readonly lines: readonly { readonly message: string }[]
  readonly record: unknown
  readonly items: readonly {
    readonly account: string
    readonly requests: number
    readonly fields: Record<string, unknown>
  }[]
}

/** A service whose lines go to ClickHouse only. The bearer token is the account; `all` reads everything. */
async function service(client: TestClient, database: string) {
  const handler = clickhouseLines({ client: client as unknown as ClickHouseClient, database, spill: false })
  const quiet = { handlers: [handler], console: false as const }
  const logs = defineLogs({ files: false, root: { console: false }, loggers: { requests: quiet, shop: quiet } })
  const spoor = createSpoor({
    service: 'shop',
    logs,
    inspector: { authorize: ({ user }) => (user === 'all' ? 'all' : 'account') },
  })
  const account = ({ headers }: IncomingMessage) => {
    const token = headers.authorization?.slice('Bearer '.length)
    return token === undefined ? undefined : token === 'all' ? { user: 'all' } : { account: token }
  }
  const server = createServer(
    spoorNode(spoor, {
      account,
      inspector: '/_spoor',
      handler: (_, response) => {
        logs.get('shop').info({ note: `it's {x:String} \\ 😀` }, 'handled')
        response.end()
      },
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await spoor.close()
    await logs.close()
  })
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const get = (path: string, token: string) =>
    fetch(`${base}${path}`, { headers: { authorization: `Bearer ${token}` } })
  return {
    logs,
    get,
    send: async (token: string) => (await get('/orders/7', token)).headers.get('x-request-id') as string,
    api: async (path: string, token = 'all') => (await get(`/_spoor/api/${path}`, token)).json() as Promise<Answer>,
  }
}

describe.skipIf(!hasChdb)('a service whose lines are in ClickHouse', () => {
  const served = serveChdb()

  test('shows stories, pages and totals from there, each account only its own', async () => {
    const { send, api, get, logs } = await service(served.client, await served.database())
    const id = await send('acme')
    await send('globex')
    await vi.waitFor(async () => {
      await logs.flush()
      const { items } = await api('logs')
      // A line of totals may come in between.
      expect(items.filter(({ fields }) => fields['kind'] !== 'totals')).toHaveLength(4)
    }, patience)
    expect(await api('session')).toMatchObject({ lines: true })
    const story = await api(`requests/${id}/logs?as=story`)
    expect(story.lines.map(({ message }) => message)).toEqual(['handled'])
    expect(story.record).toMatchObject({ requestId: id, account: 'acme', status: 200 })
    expect((await api(`requests/${id}/logs`, 'acme')).items).toHaveLength(1)
    expect((await get(`/_spoor/api/requests/${id}/logs`, 'globex')).status).toBe(404)
    const own = (await api('logs', 'globex')).items
    expect(own.map(({ account }) => account)).toEqual(['globex', 'globex'])
    expect(own[1]?.fields['note']).toBe(`it's {x:String} \\ 😀`)
    const accounts = (await api('accounts')).items
    expect(accounts.map(({ account, requests }) => [account, requests]).sort()).toEqual([
      ['acme', 1],
      ['globex', 1],
    ])
    expect((await api('accounts', 'acme')).items.map(({ account }) => account)).toEqual(['acme'])
  })

  test('tells the story of a request after one query', async () => {
    let queries = 0
    const counting = new Proxy(served.client, {
      get: (of, name) => {
        const value = Reflect.get(of, name)
        if (name === 'query') queries++
        return typeof value === 'function' ? value.bind(of) : value
      },
    })
    const { database, write } = await bothOf(served)
    const id = idAt(start)
    const logs = { lines: 1, warnings: 0, errors: 0 }
    await write([
      lineOf({ at: start + 1, id, account: 'acme', message: 'handled' }),
      requestLineOf(id, start, 10, { account: 'acme', fields: { logs } }),
    ])
    const { api } = await service(counting, database)
    for (const reader of ['all', 'acme']) {
      queries = 0
      const story = await api(`requests/${id}/logs?as=story`, reader)
      expect(story.lines.map(({ message }) => message)).toEqual(['handled'])
      expect(story.record).toMatchObject({ requestId: id, source: 'log' })
      expect(queries).toBe(1)
    }
  })

  test('has no lines before its first write, which creates the tables', async () => {
    const { api, get } = await service(served.client, 'not_there_yet')
    expect(await api('logs')).toEqual({ items: [] })
    expect((await api('accounts')).items).toEqual([])
    const live = await get('/_spoor/api/live', 'all')
    expect(live.status).toBe(200)
    await live.body?.cancel()
  })

  test('answers 503 while ClickHouse is away, and its requests do not wait', async () => {
    const client = clientOf({ ...served.chdb, url: 'http://127.0.0.1:9' })
    onTestFinished(() => client.close())
    const { send, get } = await service(client, 'away')
    const began = performance.now()
    const id = await send('acme')
    expect(performance.now() - began).toBeLessThan(5_000)
    for (const path of ['logs', `requests/${id}/logs`]) {
      const response = await get(`/_spoor/api/${path}`, 'all')
      expect(response.status).toBe(503)
      expect(await response.json()).toMatchObject({ code: 'store_failed' })
    }
  })
})

describe.skipIf(!hasChdb)('reading ClickHouse', () => {
  const served = serveChdb()

  test('binds the account in every query for a reader of one account, and sends none for a reader without one', async () => {
    const { database } = await bothOf(served)
    const asked: { query: string; params: Record<string, unknown> }[] = []
    const client = {
      query: (of: Parameters<TestClient['query']>[0]) => {
        asked.push({ query: of.query, params: of.query_params ?? {} })
        return served.client.query(of)
      },
      command: () => Promise.reject(new Error('not asked')),
      exec: () => Promise.reject(new Error('not asked')),
    }
    const source = clickhouseSource({ client: client as never, database })
    const everyPath = async (access: ReturnType<typeof readAccess>): Promise<void> => {
      await find(source.search(access), { id: idAt(start), jobs: true })
      await source.page(access, { text: 'x', fields: { a: '1' }, requestId: idAt(start), account: 'globex' })
      const end = await source.watch({ access, filter: {}, send: () => true })
      end()
      const rows = new RowsReading(source)
      await rows.list(access, { account: 'globex' })
      await rows.record(access, idAt(start))
      await rows.overview(access, {})
      await rows.usage(access, 'account', {})
      await rows.usage(access, 'route', { account: 'globex' })
      await source.top({ access, from: 0, by: 'route' })
    }
    const account = `acme' OR 1=1 --`
    await everyPath(readAccess('account', account))
    expect(asked.length).toBeGreaterThan(8)
    for (const { query, params } of asked) {
      const names = Object.keys(params).filter((name) => params[name] === account)
      const isBound = names.some(
        (name) => query.includes(`account'] = {${name}:String}`) || query.includes(`account = {${name}:String}`),
      )
      expect(isBound, query).toBe(true)
      expect(query).not.toContain('OR 1=1')
    }
    asked.length = 0
    await everyPath(readAccess('account', undefined))
    expect(asked).toEqual([])
  })
})

test('a user who may not set a limit of time is told which right is missing', async () => {
  const query = async () => {
    const message = "Cannot modify 'max_execution_time' setting in readonly mode."
    throw Object.assign(new Error(message), { code: '164', type: 'READONLY' })
  }
  const source = clickhouseSource({ client: { query } as never })
  await expect(source.page(readAccess('all', undefined), {})).rejects.toThrow(
    'ClickHouse: refused the query (READONLY); the user must be allowed to set max_execution_time: give it readonly = 2',
  )
})

describe.skipIf(!hasChdb)('a user who may read the tables only', () => {
  const served = serveChdb()

  test('is told the sizes and the oldest line of the table', async () => {
    const { database, write } = await bothOf(served)
    await write([lineOf({ at: start })])
    const source = clickhouseSource({ client: withoutSystem(served.client) as never, database })
    const [part] = await source.parts()
    expect(part).toMatchObject({ file: 'otel_logs', oldest: '2026-11-24T07:00:00.000Z' })
    expect(part?.bytes).toBeGreaterThan(100)
  })

  test('has records with a size and room', async () => {
    const client = withoutSystem(served.client) as unknown as ClickHouseClient
    const store = clickhouseRecords({ client, database: await served.database() })
    onTestFinished(async () => store.close())
    await store.put(made(1))
    const { records, bytes, maxBytes } = await store.health()
    expect(records).toBe(1)
    expect(bytes).toBeGreaterThan(1_000)
    expect(maxBytes).toBeGreaterThan(bytes)
  })
})

describe.skipIf(!hasChdb)('the command line with --clickhouse', () => {
  const served = serveChdb()
  beforeAll(build, 600_000)

  const urlOf = (database: string): string => `http://spoor@127.0.0.1:${served.chdb.port}/${database}`
  const env = () => ({ ...process.env, SPOOR_CLICKHOUSE_PASSWORD: served.chdb.password })
  const both = async () => {
    const made = await bothOf(served)
    const now = Date.now() - 60_000
    const id = idAt(now)
    await made.write([
      lineOf({ at: now + 1, id, account: 'acme', message: `it's {x:String} \\ 😀` }),
      lineOf({ at: now + 2, id, account: 'globex', message: 'of another account' }),
      requestLineOf(id, now, 10, { account: 'acme', fields: { logs: { lines: 1, warnings: 0, errors: 0 } } }),
    ])
    return { ...made, id }
  }
  const withoutPlace = (out: string): unknown[] => objects(out).map(({ file, searched, ...one }) => one)

  test('finds the same story, lists the same requests and sums the same totals as with --dir', async () => {
    const { database, directory, id } = await both()
    const commands = [
      ['find', id, '--json'],
      ['find', id, '--json', '--account', 'acme'],
      ['find', '--account', 'acme', '--json'],
      ['top', '--json'],
      ['top', '--by', 'route', '--json', '--account', 'acme'],
    ]
    for (const command of commands) {
      const [ofTable, ofFiles] = await Promise.all([
        run([...command, '--clickhouse', urlOf(database)], { env: env() }),
        run([...command, '--dir', directory]),
      ])
      expect(ofTable.err).toBe('')
      expect(ofTable.code).toBe(0)
      expect(withoutPlace(ofTable.out)).toEqual(withoutPlace(ofFiles.out))
    }
  })

  test('prints commands to copy that have the user of the URL, and never a password', async () => {
    const { database, id } = await both()
    const withPassword = urlOf(database).replace('spoor@', `spoor:${served.chdb.password}@`)
    for (const url of [urlOf(database), withPassword]) {
      const { out } = await run(['find', id, '--clickhouse', url], { env: env() })
      const [, copied = ''] = /spoor find \S+ --md --clickhouse (\S+)/.exec(out) ?? []
      expect(copied).toBe(urlOf(database))
      expect(out).not.toContain(served.chdb.password)
      expect((await run(['find', id, '--clickhouse', copied], { env: env() })).code).toBe(0)
    }
  })

  test('ends with 1 for an unknown id, and with 2 and a sentence without the password where it cannot read', async () => {
    const { database } = await both()
    const unknown = await run(['find', idAt(start, 5), '--clickhouse', urlOf(database)], { env: env() })
    expect([unknown.code, unknown.err]).toEqual([1, ''])
    expect(unknown.out).toMatch(/^No line of this id\. It says .*, and the lines reach back to /)
    const wrong = { ...process.env, SPOOR_CLICKHOUSE_PASSWORD: 'wrong-canary' }
    const cases: [string[], NodeJS.ProcessEnv, RegExp][] = [
      [['--clickhouse', urlOf(database)], wrong, /check the user and the password/],
      [
        ['--clickhouse', 'http://spoor:wrong-canary@127.0.0.1:9/x'],
        process.env,
        /ClickHouse: does not answer \(ECONNREFUSED\)/,
      ],
      [['--clickhouse', urlOf('missing')], env(), /check the name of the database/],
      [['--clickhouse', 'http://a:wrong-canary@h/a-b'], process.env, /--clickhouse: expected a URL such as/],
      [['--clickhouse', urlOf(database), '--dir', '.'], env(), /expected --dir or --clickhouse, got both/],
    ]
    for (const [options, own, says] of cases) {
      const ended = await run(['find', idAt(start), ...options], { env: own })
      expect([ended.code, ended.out]).toEqual([2, ''])
      expect(ended.err).toMatch(says)
      expect(ended.err).not.toContain('canary')
      expect(ended.err).not.toContain(served.chdb.password)
    }
  })

  test('serves the inspector, which says that it reads ClickHouse', async () => {
    const { database, id } = await both()
    const child = startCommand(['inspect', '--clickhouse', urlOf(database)], { env: env() })
    onTestFinished(() => void child.kill('SIGKILL'))
    let out = ''
    child.stdout.on('data', (piece) => (out += piece))
    const [, base, token] = await vi.waitUntil(() => /^(http:\S+)\/#token=(\S+)/.exec(out), patience)
    const api = async (path: string): Promise<unknown> =>
      (await fetch(`${base}/api/${path}`, { headers: { authorization: `Bearer ${token}` } })).json()
    expect(await api('session')).toMatchObject({ source: 'clickhouse', service: 'shop', lines: true })
    expect(await api(`requests/${id}`)).toMatchObject({ requestId: id, source: 'log' })
    expect(await api('accounting')).toEqual({ summary: expect.stringMatching(/^Lines in ClickHouse have no CPU/) })
  })

  test('tails new lines', async () => {
    const { database, write } = await both()
    const child = startCommand(['tail', 'shop', '--json', '--account', 'acme', '--clickhouse', urlOf(database)], {
      env: env(),
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    let out = ''
    child.stdout.on('data', (piece) => (out += piece))
    for (let tries = 0; out === '' && tries < 100; tries++) {
      await write([
        lineOf({ at: Date.now(), account: 'globex', message: 'no' }),
        lineOf({ at: Date.now(), account: 'acme', message: 'new' }),
      ])
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    expect(objects(out)[0]).toMatchObject({ kind: 'line', message: 'new', account: 'acme' })
  })
})
