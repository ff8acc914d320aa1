import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createSpoor, defineLogs, type SpoorOptions } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { spoorNode } from 'spoor/node'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { temporaryFolder } from '../../test/programs/folder.js'
import { burn } from '../../test/usage/burn.js'
import type { Health, LivePage, RequestDetail, RequestPage, RequestsSummary, Session } from './protocol.js'

const WAITING = { timeout: 20_000, interval: 10 }

interface Answer<Body> {
  readonly status: number
  readonly body: Body
}

/** A service that measures requests with the header, and its inspector. A token is an account, or `all`. */
async function service(own: Partial<SpoorOptions<never>> = {}, files: false | undefined = undefined) {
  const logs = defineLogs({
    directory: temporaryFolder(),
    root: { console: false },
    loggers: { requests: { console: false } },
    ...(files === false ? { files: false as const } : {}),
  })
  const spoor = createSpoor({
    service: 'shop',
    version: '1.2.3',
    logs,
    tracking: { allow: ({ user }) => user === 'dev', windows: false },
    inspector: {
      authorize: ({ account, user }) =>
        user === 'all' ? 'all' : account === 'open' ? { read: 'account', internals: true } : 'account',
    },
    ...own,
  } as SpoorOptions<never>)
  const open: (() => void)[] = []
  const server = createServer(
    spoorNode(spoor, {
      account: ({ headers }) => {
        const token = headers.authorization?.replace('Bearer ', '')
        if (token === 'all') return { user: 'all' }
        return token === undefined ? undefined : { account: token, user: 'dev' }
      },
      inspector: '/_spoor',
      handler: async (request, response) => {
        if (request.url === '/open') await new Promise<void>((resolve) => open.push(resolve))
        if (request.url === '/fail') throw Object.assign(new Error('out of stock'), { code: 'E_STOCK' })
        if (request.url === '/field') spoor.add({ plan: 'pro' })
        if (request.url === '/job') await spoor.runChild(spoor.carry({ name: 'receipt' }), {}, async () => {})
        response.end('ok')
      },
    }),
  )
  spoor.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const close of open) close()
    server.closeAllConnections()
    server.close()
    await spoor.close()
    await logs.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const headersOf = (token: string) => ({ authorization: `Bearer ${token}` })
  return {
    url,
    open,
    /** @returns the request id */
    send: async (path: string, token = 'acme', isMeasured = false): Promise<string> => {
      const wish: Record<string, string> = isMeasured ? { 'x-debug-resource-tracking': 'true' } : {}
      const response = await fetch(url + path, { headers: { ...headersOf(token), ...wish } })
      await response.text()
      return response.headers.get('x-request-id') as string
    },
    ask: async <Body>(path: string, token = 'all'): Promise<Answer<Body>> => {
      const response = await fetch(`${url}/_spoor/api/${path}`, { headers: headersOf(token) })
      return { status: response.status, body: (await response.json()) as Body }
    },
  }
}

describe('the list of requests', () => {
  test('has all requests and jobs, and says which were measured', async () => {
    const { send, ask } = await service()
    const ids = [await send('/'), await send('/', 'acme', true), await send('/', 'globex')]
    const page = await ask<RequestPage>('requests')
    expect(page.body.items.map(({ requestId, measured }) => [requestId, measured])).toEqual([
      [ids[2], false],
      [ids[1], true],
      [ids[0], false],
    ])
    const [other, own] = page.body.items
    expect(own).toMatchObject({
      cpu: { ms: expect.any(Number) },
      logs: { lines: 0 },
      waits: { otherMs: expect.any(Number) },
    })
    expect(other).not.toHaveProperty('cpu')
    expect(other?.waits).toEqual({ outgoingMs: 0, queriesMs: 0, poolMs: 0, unmeasuredMs: other?.durationMs })
    for (const [query, wanted] of [
      ['true', [ids[1]]],
      ['false', [ids[2], ids[0]]],
    ] as const) {
      const { body } = await ask<RequestPage>(`requests?measured=${query}`)
      expect(body.items.map(({ requestId }) => requestId)).toEqual(wanted)
    }
    expect((await ask('requests?measured=yes')).status).toBe(400)
  })

  test('goes on page by page through both kinds', async () => {
    const { send, ask } = await service()
    const ids: string[] = []
    for (let n = 0; n < 7; n++) ids.unshift(await send('/', 'acme', n % 3 === 0))
    const seen: string[] = []
    let before = ''
    for (let pages = 0; pages < 5 && before !== undefined; pages++) {
      const { body } = await ask<RequestPage>(`requests?limit=2${before}`)
      seen.push(...body.items.map(({ requestId }) => requestId))
      if (body.next === undefined) break
      before = `&before=${body.next}`
    }
    expect(seen).toEqual(ids)
    expect((await ask('requests?before=x')).status).toBe(400)
  })

  test('has the jobs of a request that was not measured', async () => {
    const { send, ask } = await service()
    const id = await send('/job')
    const { body } = await ask<RequestPage>(`requests?parentId=${id}`)
    expect(body.items).toMatchObject([{ kind: 'job', name: 'receipt', measured: false }])
  })

  test('shows a reader of one account nothing of others', async () => {
    const { send, ask } = await service()
    const [own, foreign] = [await send('/', 'acme'), await send('/', 'globex')]
    const { body } = await ask<RequestPage>('requests', 'acme')
    expect(body.items.map(({ requestId }) => requestId)).toEqual([own])
    expect((await ask(`requests/${own}`, 'acme')).status).toBe(200)
    const [unknown, other] = await Promise.all([ask('requests/0000', 'acme'), ask(`requests/${foreign}`, 'acme')])
    expect([unknown.status, other.status]).toEqual([404, 404])
  })

  test('is searched for a part of an id or path', async () => {
    const { send, ask } = await service()
    const [own, other] = [await send('/field'), await send('/job', 'globex')]
    for (const [query, wanted] of [
      [`text=${own.slice(-9).toUpperCase()}`, [own]],
      ['text=FIEL', [own]],
      ['text=globex&kind=request', [other]],
      ['text=none', []],
    ] as const) {
      const { body } = await ask<RequestPage>(`requests?${query}`)
      expect([query, body.items.map(({ requestId }) => requestId)]).toEqual([query, wanted])
    }
    expect((await ask<RequestPage>('requests?text=globex', 'acme')).body.items).toEqual([])
  })

  test('is filtered by process and by fields', async () => {
    const { send, ask } = await service()
    const id = await send('/field')
    const { body } = await ask<RequestPage>('requests?field.plan=pro')
    expect(body.items).toMatchObject([{ requestId: id, fields: { plan: 'pro' } }])
    const host = body.items[0]?.instance.split(':')[0]
    for (const [process, count] of [
      [`${process_}`, 1],
      [host, 1],
      [`${host} ${process_}`, 1],
      ['web-9', 0],
      ['1', 0],
    ] as const) {
      const { body } = await ask<RequestPage>(`requests?process=${encodeURIComponent(process ?? '')}`)
      expect([process, body.items.length]).toEqual([process, count])
    }
  })
})

const process_ = process.pid

describe('a request that was not measured', () => {
  test('is answered with what is known, and a sentence', async () => {
    const { send, ask } = await service({}, false)
    const id = await send('/')
    const { status, body } = await ask<RequestDetail>(`requests/${id}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ requestId: id, measured: false, source: 'memory', status: 200, heldUp: [], steps: [] })
    expect(body.summary).toMatch(/^[\d.]+ m?s: not measured$/)
  })

  test('has an estimate of its CPU from windows, if a route matched', async () => {
    const logs = defineLogs({ files: false, root: { console: false }, loggers: { requests: { console: false } } })
    const tracking = { windows: { everyMs: 100, forMs: 50 } }
    const spoor = createSpoor({ service: 'shop', logs, tracking, inspector: { authorize: () => 'all' } })
    const adapter = spoorExpress(spoor, { account: () => ({ account: 'acme' }) })
    const app = express()
    app.use('/_spoor', adapter.inspector)
    app.use(adapter)
    app.get('/burn/:ms', (request, response) => {
      burn(Number(request.params.ms))
      response.end()
    })
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(async () => {
      server.closeAllConnections()
      server.close()
      await spoor.close()
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const estimate = await vi.waitFor(async () => {
      await (await fetch(`${url}/burn/20`)).text()
      const response = await fetch(`${url}/_spoor/api/requests?limit=1`)
      const { items } = (await response.json()) as RequestPage
      expect(items[0]?.cpuEstimate).toBeDefined()
      return items[0]?.cpuEstimate
    }, WAITING)
    expect(estimate?.windows).toBeGreaterThan(0)
    expect(estimate?.ms).toBeGreaterThan(1)
  })

  test('has its whole error for readers who may see it, from its line', async () => {
    const { send, ask } = await service()
    const [acme, open] = [await send('/fail', 'acme'), await send('/fail', 'open')]
    await vi.waitFor(async () => {
      const { body } = await ask<RequestDetail>(`requests/${acme}`)
      expect(body).toMatchObject({
        measured: false,
        source: 'log',
        error: { message: 'out of stock', code: 'E_STOCK' },
      })
    }, WAITING)
    expect((await ask<RequestDetail>(`requests/${acme}`, 'acme')).body.error).toEqual({
      code: 'E_STOCK',
      withheld: true,
    })
    expect((await ask<RequestDetail>(`requests/${open}`, 'open')).body.error).toMatchObject({ message: 'out of stock' })
  })

  test('has the code of its error if there is no line', async () => {
    const { send, ask } = await service({}, false)
    const id = await send('/fail')
    expect((await ask<RequestDetail>(`requests/${id}`)).body).toMatchObject({
      source: 'memory',
      error: { code: 'E_STOCK' },
    })
  })
})

describe('the session', () => {
  test('says who reads, what, and when', async () => {
    const { ask } = await service()
    const { body } = await ask<Session>('session')
    expect(body).toMatchObject({ service: 'shop', version: '1.2.3', source: 'service', read: 'all', internals: true })
    expect(body).toMatchObject({ mode: 'header', mayMeasure: false, lines: true, user: 'all' })
    expect(body).not.toHaveProperty('account')
    expect(body.processes).toMatchObject([{ pid: process.pid, isThis: true }])
    expect(Math.abs(Date.parse(body.serverTime) - Date.now())).toBeLessThan(60_000)
    expect((await ask<Session>('session', 'acme')).body).toMatchObject({
      read: 'account',
      account: 'acme',
      user: 'dev',
      internals: false,
      mayMeasure: true,
    })
    expect((await ask<Session>('session', 'open')).body).toMatchObject({ internals: true })
    expect((await ask('session?x=1')).status).toBe(400)
  })
})

describe('the summary of requests', () => {
  test('counts what the reader may see, and what is in flight', async () => {
    const { send, ask, open } = await service()
    for (const account of ['acme', 'globex']) await send('/', account)
    const pending = send('/open', 'acme')
    await vi.waitFor(() => expect(open).toHaveLength(1), WAITING)
    const { body } = await ask<RequestsSummary>('summary')
    expect(body).toMatchObject({ count: 2, inFlight: 1, measured: 0, failed: 0, isCut: false })
    expect(body.summary).toMatch(/, 1 in flight, 95 % within .*\. None was measured\.$/)
    expect(body.points).toHaveLength(2)
    expect((await ask<RequestsSummary>('summary', 'globex')).body).toMatchObject({ count: 1, inFlight: 0 })
    expect((await ask<RequestsSummary>('summary?account=globex')).body).toMatchObject({ count: 1, inFlight: 0 })
    expect((await ask('summary?limit=3')).status).toBe(400)
    open[0]?.()
    await pending
  })
})

describe('open requests', () => {
  test('say their process, lines and queries', async () => {
    const { send, ask, open } = await service()
    const pending = send('/open', 'acme')
    await vi.waitFor(() => expect(open).toHaveLength(1), WAITING)
    const { body } = await ask<LivePage>(`live-requests?process=${process.pid}`)
    expect(body.items).toMatchObject([
      { account: 'acme', pid: process.pid, logs: { lines: 0, warnings: 0, errors: 0 } },
    ])
    expect((await ask<LivePage>('live-requests?process=web-9')).body.items).toEqual([])
    open[0]?.()
    await pending
  })
})

describe('the health', () => {
  test('has a sentence, and samples of the process', async () => {
    const { ask } = await service()
    const { body } = await ask<Health>('health')
    expect(body).toMatchObject({ summary: 'All is well.', troubles: [] })
    expect(body.vitals?.samples).toHaveLength(1)
    const [sample] = body.vitals?.samples ?? []
    expect(sample).toMatchObject({ inFlight: 0, loopBusy: expect.any(Number), loopLateMs: expect.any(Number) })
    expect(sample?.heapUsedBytes).toBeLessThan(body.vitals?.heapLimitBytes ?? 0)
  })
})

describe('the live stream', () => {
  test('sends items of lists for requests that were not measured', async () => {
    const { url, send } = await service()
    const headers = { authorization: 'Bearer acme' }
    const stop = new AbortController()
    const response = await fetch(`${url}/_spoor/api/live?items=true`, { headers, signal: stop.signal })
    let text = ''
    const reading = (async () => {
      for await (const part of response.body ?? []) text += Buffer.from(part).toString()
    })().catch(() => {})
    await vi.waitFor(() => expect(text).not.toBe(''), WAITING)
    const [own] = [await send('/', 'acme'), await send('/', 'globex')]
    await vi.waitFor(() => expect(text).toContain('event: request'), WAITING)
    stop.abort()
    await reading
    const items = [...text.matchAll(/^event: request\nid: .*\ndata: (.*)$/gm)].map(([, data = '']) => JSON.parse(data))
    expect(items).toMatchObject([{ requestId: own, measured: false, account: 'acme', pid: process.pid }])
    expect(items[0].instance).toMatch(new RegExp(`:${process.pid}$`))
    expect((await fetch(`${url}/_spoor/api/live?items=no`, { headers })).status).toBe(400)
  })
})
