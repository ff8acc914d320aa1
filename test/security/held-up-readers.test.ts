// Who held a request up is named only to readers who may see that work.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import express from 'express'
import { createSpoor, defineLogs, memoryRecords, type Spoor, type StoredRecord } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../programs/folder.js'
import { until } from '../usage/burn.js'

type Seen = StoredRecord & { readonly summary: string }

interface Service {
  get(path: string, as: string): Promise<Response>
  post(path: string, as: string): Promise<Response>
}

const directory = (): string => temporaryFolder()

/** A service whose `POST /export` keeps the thread, and whose `GET /slow` waits. The caller says its account and role. */
async function serve(folder: string): Promise<Service> {
  const logs = defineLogs({ directory: folder, root: { console: false }, loggers: { requests: { console: false } } })
  const spoor = createSpoor({
    service: 'shop',
    logs,
    records: memoryRecords(),
    tracking: { mode: 'all', allow: () => true },
    inspector: { authorize: ({ roles }) => (roles.includes('operator') ? 'all' : 'account') },
  })
  const server = createServer(appOf(spoor))
  spoor.attach(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await spoor.close()
    await logs.close()
  })
  const { port } = server.address() as AddressInfo
  const ask = (method: string) => (path: string, as: string) =>
    fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { authorization: as } })
  return { get: ask('GET'), post: ask('POST') }
}

function appOf(spoor: Spoor): express.Express {
  const s = spoorExpress(spoor, {
    account: ({ headers }) => {
      const [account = '', role = 'user'] = String(headers.authorization).split(' ')
      return { account, user: `${account}-user`, roles: [role] }
    },
  })
  const app = express()
  app.use(s)
  app.get('/slow', (_, response) => void setTimeout(() => response.json('done'), 600))
  app.post('/export/:id', (_, response) => {
    const until = performance.now() + 1_500
    while (performance.now() < until);
    response.json('done')
  })
  app.use('/_spoor', s.inspector)
  app.use(s.errors)
  return app
}

/** A request of acme that a request of globex holds up. @returns its response */
async function heldUp({ get, post }: Service): Promise<Response> {
  await get('/slow', 'acme')
  // On a busy machine, the other request may come after the timer.
  for (;;) {
    const slow = get('/slow', 'acme')
    // So that its timer runs when the other request comes.
    await new Promise((done) => setTimeout(done, 20))
    await post('/export/7', 'globex-secret')
    const answer = await slow
    if (/(?:^|, )held;dur=\d{3}/.test(answer.headers.get('server-timing') ?? '')) return answer
  }
}

test('a reader of one account sees how long, and of the culprit only that it is of another account', async () => {
  const folder = directory()
  const service = await serve(folder)
  const answer = await heldUp(service)
  const id = answer.headers.get('x-resource-tracking-id')
  const read = async (as: string): Promise<Seen> =>
    (await (await service.get(`/_spoor/api/requests/${id}`, as)).json()) as Seen

  const whole = await read('x operator')
  const [longest] = [...whole.heldUp].sort((one, other) => other.durationMs - one.durationMs)
  expect(longest).toEqual({
    startMs: expect.any(Number),
    durationMs: expect.any(Number),
    by: {
      kind: 'request',
      id: expect.any(String),
      method: 'POST',
      route: '/export/:id',
      account: 'globex-secret',
    },
  })
  expect(whole.summary).toMatch(/ held up by POST \/export\/:id of globex-secret/)

  const own = await read('acme admin')
  expect(own.heldUp).toContainEqual({ ...longest, by: { kind: 'other account' } })
  expect(own.waits).toEqual(whole.waits)
  expect(own.summary).toMatch(/ held up by another account/)

  for (const door of [
    `requests/${id}`,
    'requests',
    'requests?dominant=held',
    'requests?mostly=held',
    'live-requests',
  ]) {
    const text = await (await service.get(`/_spoor/api/${door}`, 'acme admin')).text()
    expect(text).not.toMatch(/globex|export/)
    expect(text).not.toContain(longest?.by.id as string)
  }
  const listed = (await (await service.get('/_spoor/api/requests?dominant=held', 'acme admin')).json()) as {
    items: Seen[]
  }
  expect(listed.items.map((item) => item.id)).toEqual([id])
})

test('the line of a request says how long it was held up, and names no other request', async () => {
  const folder = directory()
  const service = await serve(folder)
  const id = (await heldUp(service)).headers.get('x-resource-tracking-id') as string
  const lines = (): string[] => readFileSync(join(folder, 'requests.jsonl'), 'utf8').split('\n')
  await until(() => lines().some((line) => line.includes(`"id":"${id}"`)))
  const line = lines().find((one) => one.includes(`"id":"${id}"`)) as string
  expect(JSON.parse(line)).toMatchObject({ waits: { heldUpMs: expect.any(Number) }, beforeStartMs: expect.any(Number) })
  expect(line).not.toMatch(/globex|export/)

  // Another process, whose memory does not have the record, reads the line.
  const other = await serve(folder)
  const seen = (await (await other.get(`/_spoor/api/requests/${id}`, 'acme admin')).json()) as Seen & { source: string }
  expect(seen).toMatchObject({ source: 'log', heldUp: [], waits: { heldUpMs: expect.any(Number) } })
  expect(seen.summary).toMatch(/ \d{3} ms held up, /)
})
