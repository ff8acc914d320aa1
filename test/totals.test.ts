// The totals of a whole service, over real sockets: what is counted, in every mode of tracking.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { spoorNode } from '../src/adapters/node/node.js'
import { createSpoor, defineLogs } from '../src/index.js'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'spoor-totals-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

async function listening(server: Server): Promise<string> {
  await new Promise<void>((listens) => server.listen(0, '127.0.0.1', listens))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test.each(['off', 'header', 'all'] as const)(
  'every finished request and job is counted for its account, tracked or not, in the mode %s',
  async (mode) => {
    const logs = defineLogs({ directory, files: true, console: false, loggers: {} })
    const spoor = createSpoor({
      service: 'publisher',
      logs,
      tracking: { mode },
      ignore: ({ path }) => path === '/health',
    })
    const server = createServer((request, response) => {
      const account = String(request.headers['x-account'] ?? '')
      if (account !== '') spoor.identify({ account })
      spoor.count('pages', 2)
      response.statusCode = request.url === '/broken' ? 500 : 200
      response.end('ok')
    })
    spoor.attach(server)
    const url = await listening(server)
    const get = async (path: string, account = ''): Promise<void> => {
      await (await fetch(url + path, { headers: account === '' ? {} : { 'x-account': account } })).text()
    }
    await get('/', 'acme')
    await get('/broken', 'acme')
    await get('/', 'globex')
    await get('/health', 'acme')
    await get('/')
    spoor.runChild(spoor.carry({ name: 'receipt' }), { attempt: 1 }, () => 1)
    expect(() =>
      spoor.runChild(spoor.carry({ name: 'receipt' }), { attempt: 1 }, () => {
        throw new Error('x')
      }),
    ).toThrow()
    server.closeAllConnections()
    server.close()
    // The open minute is written only by an instance that has run for a minute.
    const { now } = performance
    vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 60_000)
    await spoor.close()
    await logs.close()

    const lines = readFileSync(join(directory, 'requests.jsonl'), 'utf8').trim().split('\n')
    const totals = lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'totals')
    // More than one if a minute began meanwhile.
    const sums = new Map<string, number[]>()
    for (const item of totals.flatMap(({ accounts }) => accounts)) {
      const { account, requests, jobs, errors, counts = {} } = item
      const before = sums.get(account) ?? [0, 0, 0, 0]
      const own = [requests, jobs, errors, counts.pages ?? 0]
      sums.set(
        account,
        own.map((value, at) => value + (before[at] as number)),
      )
      expect('cpuMs' in item).toBe(mode === 'all')
      expect(item.exact).toBe(mode === 'all')
    }
    expect(Object.fromEntries(sums)).toEqual({
      acme: [2, 0, 1, 4],
      globex: [1, 0, 0, 2],
      '(anonymous)': [1, 2, 1, 2],
    })
    expect(totals[0].routes.map(({ route }: { route: string }) => route)).toContain('job receipt')
    expect(totals.every((line) => !('account' in line) && !('requestId' in line))).toBe(true)
  },
)

test('requests for the inspector are not counted', async () => {
  const logs = defineLogs({ directory, files: true, console: false, loggers: {} })
  const spoor = createSpoor({ service: 'publisher', logs, inspector: { authorize: () => 'all' } })
  const handler: RequestListener = (_, response) => response.end('ok')
  const identity = { account: 'acme', user: 'ann' }
  const server = createServer(spoorNode(spoor, { account: () => identity, handler, inspector: '/_spoor' }))
  const url = await listening(server)
  expect((await fetch(`${url}/_spoor/api/requests`)).status).toBe(200)
  server.closeAllConnections()
  server.close()
  await spoor.close()
  await logs.close()
  expect(existsSync(join(directory, 'requests.jsonl'))).toBe(false)
})
