// Two processes of a service behind one Redis: what each shows of the other. Left out, by name, where there is no Redis.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { outcomeOf, startProgram } from '../programs/program.js'
import { available, type Redis as Server, startRedis } from './services.js'

const WAITING = { timeout: 30_000, interval: 50 }

interface Row {
  readonly account: string
  readonly requests: number
}

interface Seen {
  readonly id: string
  readonly account?: string
  readonly fields: { readonly path?: string }
}

interface Process {
  readonly child: ChildProcess
  readonly url: string
}

const program = (redis: string, directory: string) => `
import { createServer } from 'node:http'
import { Redis } from 'ioredis'
import { createSpoor, defineLogs } from 'spoor'
import { redisRecords } from 'spoor/records/redis/redis-records.js'
import { spoorNode } from 'spoor/adapters/node/node.js'

const logs = defineLogs({ directory: ${JSON.stringify(directory)}, console: false, loggers: {} })
const spoor = createSpoor({
  service: 'two', logs, tracking: { mode: 'all' },
  records: redisRecords({ client: new Redis(${JSON.stringify(redis)}) }),
  inspector: { authorize: ({ roles }) => (roles.includes('operator') ? 'all' : 'account') },
})
const account = (request) => {
  const [account, role] = (request.headers.authorization ?? '').split(' ')
  return account === '' ? undefined : { account, roles: role === undefined ? [] : [role] }
}
const handler = (request, response) => {
  if (request.url !== '/open') response.end('done')
}
const server = createServer(spoorNode(spoor, { account, handler, inspector: '/_spoor' }))
spoor.attach(server)
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.on('SIGTERM', async () => {
  server.closeAllConnections()
  server.close()
  await spoor.close()
  process.exit(0)
})
`

describe.skipIf(!available('redis'))('two processes of a service with one Redis', () => {
  const dir = mkdtempSync(join(tmpdir(), 'spoor-redis-two-'))
  let server: Server
  let one: Process
  let other: Process

  beforeAll(async () => {
    server = await startRedis({ dir })
    one = await start()
    other = await start()
  }, 60_000)
  afterAll(async () => {
    for (const { child } of [one, other]) child?.kill('SIGKILL')
    await server?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  async function start(): Promise<Process> {
    const child = startProgram(program(server.url, join(dir, 'logs')))
    const port = once(child.stdout as NodeJS.ReadableStream, 'data')
    const ended = outcomeOf(child).then(({ stderr }) => Promise.reject(new Error(`the program ended: ${stderr}`)))
    ended.catch(() => {})
    const [first] = await Promise.race([port, ended])
    return { child, url: `http://127.0.0.1:${String(first).trim()}` }
  }

  const reader = { operator: 'none operator', acme: 'acme', globex: 'globex' }

  function get(from: Process, path: string, who: keyof typeof reader, withinMs = 20_000): Promise<Response> {
    const signal = AbortSignal.timeout(withinMs)
    return fetch(`${from.url}${path}`, { headers: { authorization: reader[who] }, signal })
  }

  /** The live lines for acme, from a place on. */
  async function eventsFrom(from: Process, after?: string) {
    const stop = new AbortController()
    const headers = { authorization: reader.acme, ...(after === undefined ? {} : { 'last-event-id': after }) }
    const { body } = await fetch(`${from.url}/_spoor/api/live`, { headers, signal: stop.signal })
    let text = ''
    const decoder = new TextDecoder()
    const reading = (async () => {
      for await (const chunk of body ?? []) text += decoder.decode(chunk as Uint8Array, { stream: true })
    })().catch(() => {})
    const events = (): Seen[] =>
      text.split('\n\n').flatMap((event) => {
        const [, id, data] = /^event: request\nid: (\S+)\ndata: (.*)$/m.exec(event) ?? []
        return id === undefined ? [] : [{ id, ...JSON.parse(data as string) }]
      })
    const close = (): void => {
      stop.abort()
      void reading
    }
    return { events, close, text: () => text }
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers of the API are compared as they are
  async function read(from: Process, path: string, who: keyof typeof reader = 'operator'): Promise<any> {
    const response = await get(from, `/_spoor/api/${path}`, who)
    if (!response.ok) throw new Error(await response.text())
    return response.json()
  }

  test('each has the records of the other, for readers of the account alone', async () => {
    const id = (await get(one, '/', 'acme')).headers.get('x-request-id')
    await vi.waitFor(async () => expect((await read(other, `requests/${id}`)).account).toBe('acme'), WAITING)
    expect((await read(other, `requests/${id}`, 'acme')).id).toBe(id)
    expect((await get(other, `/_spoor/api/requests/${id}`, 'globex')).status).toBe(404)
    expect((await read(other, 'requests', 'globex')).items).toEqual([])
  })

  test('each counts the requests of both, and of one where a process is asked for; readers of an account see their own', async () => {
    const third = await start()
    for (const from of [one, third, third]) await get(from, '/', 'globex')
    const requests = async (from: Process, query = '', who: keyof typeof reader = 'operator') => {
      const { items } = await read(from, `accounts?by=requests${query}`, who)
      return Object.fromEntries(items.map(({ account, requests }: Row) => [account, requests]))
    }
    for (const from of [one, third])
      await vi.waitFor(async () => expect((await requests(from)).globex).toBe(3), WAITING)
    expect((await requests(one, `&process=${third.child.pid}`)).globex).toBe(2)
    expect(await requests(one, '', 'globex')).toEqual({ globex: 3 })
    expect((await read(one, 'routes?by=requests', 'globex')).items).toMatchObject([{ requests: 3 }])
    expect((await read(third, 'accounting?span=1h')).requestsMs).toBeGreaterThan(0)
    // What it counted stays when it is gone, also what it did not tell before it was asked to end.
    await get(third, '/', 'globex')
    third.child.kill('SIGTERM')
    await once(third.child, 'exit')
    await vi.waitFor(async () => expect((await requests(one)).globex).toBe(4), WAITING)
    expect((await requests(one, '&span=24h')).globex).toBe(4)
  })

  test('each goes on with the live lines of a reader of one account where the other stopped', async () => {
    const third = await start()
    const seen = await eventsFrom(one)
    await get(third, '/', 'acme')
    const first = await vi.waitFor(() => {
      const [event] = seen.events()
      expect(event?.fields.path).toBe('/')
      return event as Seen
    }, WAITING)
    seen.close()
    await get(third, '/?missed', 'globex')
    for (const path of ['/first', '/second']) await get(third, path, 'acme')
    const goesOn = await eventsFrom(third, first.id)
    const paths = () => goesOn.events().map(({ fields }) => fields.path)
    await vi.waitFor(() => expect(paths()).toEqual(['/first', '/second']), WAITING)
    expect(goesOn.text()).not.toMatch(/event: dropped|globex|missed/)
    goesOn.close()
    third.child.kill('SIGTERM')
    await once(third.child, 'exit')
  })

  test('each lists the other, and what is open in it; a killed one is marked as lost with its open requests', async () => {
    const hanging = get(other, '/open', 'acme').catch(() => undefined)
    const open = async (who: keyof typeof reader = 'operator') =>
      (await read(one, 'live-requests', who)).items.filter(({ path }: { path?: string }) => path === '/open')
    await vi.waitFor(async () => expect(await open()).toHaveLength(1), WAITING)
    expect(await open('acme')).toHaveLength(1)
    expect(await open('globex')).toEqual([])
    const { processes } = await read(one, 'session')
    expect(processes.map(({ isThis }: { isThis?: true }) => isThis)).toEqual([true, undefined])

    other.child.kill('SIGKILL')
    const killedAt = performance.now()
    await vi.waitFor(async () => {
      const [, seen] = (await read(one, 'session')).processes
      expect(seen).toMatchObject({ isLost: true, pid: other.child.pid })
    }, WAITING)
    // 10 s are promised. A busy machine may take longer to answer.
    expect(performance.now() - killedAt).toBeGreaterThan(5_000)
    expect(await open()).toMatchObject([{ isLost: true, account: 'acme', pid: other.child.pid }])
    await hanging
  })

  test('one that ends by itself is no longer listed', async () => {
    const third = await start()
    const pids = async () => (await read(one, 'session')).processes.map(({ pid }: { pid: number }) => pid)
    await vi.waitFor(async () => expect(await pids()).toContain(third.child.pid), WAITING)
    third.child.kill('SIGTERM')
    await once(third.child, 'exit')
    expect(await pids()).not.toContain(third.child.pid)
  })
})
