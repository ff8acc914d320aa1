import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSpoor, defineLogs, memoryRecords, type Spoor, type SpoorOptions } from 'spoor'
import { spoorNode } from 'spoor/node'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { temporaryFolder } from '../../test/programs/folder.js'

interface Service {
  readonly spoor: Spoor
  readonly url: string
  /** Sends a request to the service. @returns its request id */
  send(account: string, path?: string): Promise<string>
  ask(account: string, path: string, headers?: Record<string, string>): Promise<Response>
  /** Whom the resolver takes for somebody else from now on. */
  revoked: string | undefined
}

/** A service with three loggers; `olga` sees everything, everybody else their account. */
async function service(own: Pick<SpoorOptions<string>, 'records'> = {}): Promise<Service> {
  const console = false as const
  const logs = defineLogs({
    directory: temporaryFolder(),
    root: { console, file: 'root.log' },
    loggers: {
      requests: { console },
      shop: { file: 'shop.log', console },
      other: { file: 'other.txt', console },
    },
  })
  const authorize = ({ user }: { user?: string | undefined }) =>
    user === 'olga' ? ('all' as const) : ('account' as const)
  const spoor = createSpoor({ service: 'test', logs, tracking: { mode: 'all' }, inspector: { authorize }, ...own })
  const account = (request: { headers: { 'x-account'?: string } }) => {
    const name = request.headers['x-account']
    if (name === undefined || name === made.revoked) return undefined
    return name === 'olga' || name === 'guest' ? { user: name } : { account: name }
  }
  const server = createServer(
    spoorNode(spoor, {
      account: account as never,
      inspector: '/_spoor',
      handler: async (request, response) => {
        logs.get('shop').info({ path: request.url, plan: 'pro' }, 'Handled it')
        logs.get('other').warn('<b>`second`</b>')
        if (request.url === '/broken') {
          const error = Object.assign(new Error('the inside of the service'), { code: 'E_INSIDE' })
          logs.get('shop').error(error)
          logs.get('shop').warn({ cause: error }, 'told apart')
          throw error
        }
        if (request.url === '/job') {
          const carried = spoor.carry({ name: 'receipt' })
          await spoor.runChild(carried, {}, () => logs.get('shop').info('in the job'))
        }
        response.end('x')
      },
    }),
  )
  spoor.attach(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await spoor.close()
    await logs.close()
  })
  const ask = (name: string, path: string, headers = {}): Promise<Response> =>
    fetch(`${url}/_spoor${path}`, { headers: { 'x-account': name, ...headers } })
  const made: Service = {
    spoor,
    url,
    revoked: undefined,
    ask,
    send: async (name, path = '/') => {
      const response = await fetch(url + path, { headers: { 'x-account': name } })
      await response.text()
      const id = response.headers.get('x-request-id') as string
      await vi.waitFor(async () => expect((await ask('olga', `/api/requests/${id}`)).status).toBe(200), {
        timeout: 10_000,
      })
      return id
    },
  }
  return made
}

const bodyOf = async (response: Response): Promise<never> => (await response.json()) as never
const messages = async (response: Response): Promise<string[]> =>
  ((await bodyOf(response)) as { items: { message: string }[] }).items.map(({ message }) => message)

describe('the number of requests in flight', () => {
  test('is in no answer to a reader of one account', async () => {
    const { send, ask } = await service()
    const id = await send('acme')
    const paths = [`/api/requests/${id}`, `/api/requests/${id}/logs?as=story`, `/api/requests/${id}?as=markdown`]
    for (const path of [...paths, '/api/requests', '/api/logs?logger=requests']) {
      expect(await (await ask('acme', path)).text(), path).not.toMatch(/inFlight/)
    }
    expect(await (await ask('olga', `/api/requests/${id}/logs?as=story`)).text()).toMatch(/"inFlight":/)
    expect(await (await ask('olga', '/api/logs?logger=requests')).text()).toMatch(/"inFlight":/)
  })
})

describe('a story while the store of records is down', () => {
  test('is that of the files, and is marked', async () => {
    const store = memoryRecords()
    const { send, ask } = await service({ records: store })
    const id = await send('acme')
    const down = (): never => {
      throw new Error('no route to host')
    }
    Object.assign(store, { get: down, list: down })
    const record = await ask('acme', `/api/requests/${id}`)
    expect([record.status, await bodyOf(record)]).toMatchObject([200, { id, source: 'log', storeFailed: true }])
    const story = (await bodyOf(await ask('acme', `/api/requests/${id}/logs?as=story`))) as { lines: unknown[] }
    expect(story).toMatchObject({ storeFailed: true, record: { id, source: 'log' } })
    expect(story.lines.length).toBeGreaterThan(0)
    expect(await (await ask('acme', `/api/requests/${id}?as=markdown`)).text()).toContain(
      'record store does not answer',
    )
    expect((await ask('acme', `/api/requests/${id}/logs`)).status).toBe(200)
    const unknown = await ask('acme', '/api/requests/01a20cbd-6426-707a-8000-000000000000')
    expect(unknown.status).toBe(503)
  })
})

describe('requests/:id/logs', () => {
  test('has the lines of the request in order, with their files', async () => {
    const { send, ask } = await service()
    const id = await send('acme', '/job')
    const { items, complete } = (await bodyOf(await ask('acme', `/api/requests/${id}/logs`))) as {
      items: object[]
      complete: boolean
    }
    expect(complete).toBe(true)
    expect(items).toMatchObject([
      {
        message: 'Handled it',
        level: 'info',
        logger: 'shop',
        account: 'acme',
        requestId: id,
        file: 'shop.log',
        fields: { plan: 'pro' },
      },
      { message: '<b>`second`</b>', level: 'warn', file: 'other.txt' },
    ])
    expect(await messages(await ask('acme', `/api/requests/${id}/logs?jobs=true`))).toEqual([
      'Handled it',
      '<b>`second`</b>',
      'in the job',
    ])
  })

  test('has the whole record as long as memory has it, with as=story', async () => {
    const { send, ask } = await service()
    const id = await send('acme', '/job')
    const story = (await bodyOf(await ask('acme', `/api/requests/${id}/logs?as=story`))) as object
    expect(story).toMatchObject({ record: { source: 'memory' }, lines: [{}, {}], children: [{}] })
    expect((await ask('globex', `/api/requests/${id}/logs?as=story`)).status).toBe(404)
  })

  test('answers the id of another account like an unknown id', async () => {
    const { send, ask } = await service()
    const id = await send('acme')
    const foreign = await ask('globex', `/api/requests/${id}/logs`)
    const unknown = await ask('globex', '/api/requests/01a20dde-1314-7c1e-9b52-6f0d3a81c7e4/logs')
    expect([foreign.status, unknown.status]).toEqual([404, 404])
    expect((await ask('acme', `/api/requests/${id}/logs?x=1`)).status).toBe(400)
  })
})

describe('requests/:id?as=markdown', () => {
  test('tells the story, with log lines in a fence that none of them closes', async () => {
    const { send, ask } = await service()
    const id = await send('acme')
    const response = await ask('acme', `/api/requests/${id}?as=markdown`)
    expect(response.headers.get('content-type')).toBe('text/markdown; charset=utf-8')
    const text = await response.text()
    expect(text).toContain('# GET / 200')
    expect(text).toContain(`- id: \`${id}\``)
    expect(text).toContain('Handled it {"path":"/","plan":"pro"}')
    // How much was read is about the lines of all accounts.
    expect(text).toMatch(/^complete: [^;]*$/m)
    expect(await (await ask('olga', `/api/requests/${id}?as=markdown`)).text()).toMatch(
      /^complete: .*; read \d+ of \d+ KB$/m,
    )
    expect((await ask('globex', `/api/requests/${id}?as=markdown`)).status).toBe(404)
    expect((await ask('acme', `/api/requests/${id}?as=html`)).status).toBe(400)
  })
})

describe('logs', () => {
  test('has the newest lines first, of the reader’s account only, with filters and pages', async () => {
    const { send, ask } = await service()
    await send('acme')
    await send('globex', '/two')
    expect(await messages(await ask('acme', '/api/logs?logger=shop&logger=other'))).toEqual([
      '<b>`second`</b>',
      'Handled it',
    ])
    expect(await messages(await ask('olga', '/api/logs?logger=shop'))).toEqual(['Handled it', 'Handled it'])
    expect(await messages(await ask('olga', '/api/logs?logger=shop&field.path=/two'))).toHaveLength(1)
    expect(await messages(await ask('olga', '/api/logs?level=warn&account=globex'))).toEqual(['<b>`second`</b>'])
    expect(await messages(await ask('acme', '/api/logs?account=globex'))).toEqual([])
    expect(await messages(await ask('olga', '/api/logs?text=HANDLED'))).toHaveLength(2)
    const { items, next } = (await bodyOf(await ask('olga', '/api/logs?logger=shop&limit=1'))) as {
      items: { account: string }[]
      next: string
    }
    const second = (await bodyOf(await ask('olga', `/api/logs?logger=shop&limit=1&before=${next}`))) as typeof items & {
      items: { account: string }[]
    }
    expect([items[0]?.account, second.items[0]?.account]).toEqual(['globex', 'acme'])
  })

  test('refuses wrong parameters by name, and repeats no text of the caller', async () => {
    const { ask } = await service()
    const response = await ask('olga', '/api/logs?level=loud&limit=0&before=!&x=<script>')
    expect(response.status).toBe(400)
    const { detail } = (await bodyOf(response)) as { detail: string }
    expect(detail).toMatch(/level: .*; limit: .*; before: .*; query: /)
    expect(detail).not.toContain('script')
  })
})

describe('live', () => {
  /** Reads events until `count` of them came or the stream ended. */
  async function events(response: Response, isEnough: (seen: string[]) => boolean): Promise<string[]> {
    const seen: string[] = []
    let rest = ''
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      rest += Buffer.from(chunk).toString()
      const parts = rest.split('\n\n')
      rest = parts.pop() ?? ''
      seen.push(...parts.filter((part) => part.startsWith('event:')))
      if (isEnough(seen)) break
    }
    return seen
  }

  test('streams the lines of the reader’s account as they are written, and goes on after the last event', async () => {
    const { send, ask } = await service()
    await send('acme')
    const response = await ask('acme', '/api/live')
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const reading = events(response, (seen) => seen.length >= 3)
    await send('globex')
    await send('acme', '/two')
    const seen = await reading
    expect(seen.map((one) => /^event: (\w+)/.exec(one)?.[1]).sort()).toEqual(['line', 'line', 'request'])
    expect(seen.join()).not.toContain('globex')
    const id = /^id: (.*)$/m.exec(seen[0] as string)?.[1] as string
    const again = await events(await ask('acme', '/api/live', { 'last-event-id': id }), (more) => more.length >= 2)
    expect(again).toHaveLength(2)
    expect(again).not.toContain(seen[0])
  })

  test('is refused to a reader of an account who has none: no line could come', async () => {
    const { ask } = await service()
    const response = await ask('guest', '/api/live')
    expect([response.status, await bodyOf(response)]).toMatchObject([403, { code: 'forbidden' }])
  })

  test('ends when the service closes', async () => {
    const { spoor, send, ask } = await service()
    await send('acme')
    const response = await ask('acme', '/api/live')
    const reading = events(response, () => false)
    const began = performance.now()
    await spoor.close()
    expect((await reading).at(-1)).toContain('event: end')
    expect(performance.now() - began).toBeLessThan(4_000)
  })
})

test('lines show failures of the service only to readers of its internals', async () => {
  const { send, ask } = await service()
  const id = await send('acme', '/broken')
  const paths = [
    '/api/logs',
    `/api/requests/${id}/logs`,
    `/api/requests/${id}/logs?as=story`,
    `/api/requests/${id}?as=markdown`,
  ]
  for (const path of paths) {
    const [own, all] = [await (await ask('acme', path)).text(), await (await ask('olga', path)).text()]
    expect(all).toContain('the inside of the service')
    expect(all).toContain('lines.test.ts')
    expect(own).toContain('told apart')
    expect(own).toContain('E_INSIDE')
    expect(own).not.toContain('the inside of the service')
    expect(own).not.toContain('lines.test.ts')
  }
  expect(await (await ask('acme', '/api/logs?text=the+inside')).json()).toMatchObject({ items: [] })
})
