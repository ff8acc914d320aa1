import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createSpoor, defineLogs } from 'spoor'
import { spoorNode } from 'spoor/node'
import { expect, onTestFinished, test, vi } from 'vitest'
import { temporaryFolder } from '../programs/folder.js'

const token = 'V1StGXR8Z5jdHi6BmyT0'
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'

/** A service that keeps what is asked below /open open, throws below /fail, and lets readers see their account only. */
async function service() {
  const directory = temporaryFolder()
  const logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { requests: { console: false } },
  })
  const spoor = createSpoor({
    service: 'test',
    logs,
    tracking: { mode: 'all' },
    inspector: { authorize: ({ user }) => (user === 'all' ? 'all' : 'account') },
  })
  const open: ServerResponse[] = []
  const server = createServer(
    spoorNode(spoor, {
      inspector: '/i',
      account: ({ headers }) => ({ account: String(headers['x-account']), user: String(headers['x-user'] ?? 'u') }),
      handler: (request, response) => {
        if (request.url?.startsWith('/behind')) {
          response.statusCode = 404
          response.write('half')
          throw new Error('inside of the service')
        }
        if (request.url?.startsWith('/fail')) throw new Error('broken')
        if (request.url?.startsWith('/open')) open.push(response)
        else response.end()
      },
    }),
  )
  spoor.attach(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await spoor.close()
    await logs.close()
  })
  const { port } = server.address() as AddressInfo
  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers: { 'x-account': 'acme', ...headers } })
  const written = () =>
    readdirSync(directory)
      .map((name) => readFileSync(join(directory, name), 'utf8'))
      .join('')
  return { ask, logs, open, written, spoor }
}

test('a token in a path is in no line, record or list of open requests', async () => {
  const { ask, written, open, spoor } = await service()
  for (const path of [
    `/reset/${token}`,
    `/verify/${jwt}/now`,
    `/fail/${token}`,
    '/posts/my-first-post-about-something',
  ])
    await (await ask(path)).text()
  const held = ask(`/open/${token}`)
  await vi.waitUntil(() => open.length === 1)
  const live = await (await ask('/i/api/live-requests')).text()
  const records = await (await ask('/i/api/requests')).text()
  for (const response of open) response.end()
  await (await held).text()
  await vi.waitUntil(() => written().split('"kind":"request"').length > 5)
  await spoor.flush()
  for (const text of [live, records, written()]) {
    expect(text).toContain('[redacted]')
    expect(text).not.toContain(token)
    expect(text).not.toContain('eyJ')
  }
  expect(written()).toContain('"path":"/reset/[redacted]"')
  expect(written()).toContain('/posts/my-first-post-about-something')
})

test('a list for one account redacts only the open requests of that account', async () => {
  const { ask, logs, open } = await service()
  const held = Array.from({ length: 20 }, (_, n) => ask(`/open/${n}`, { 'x-account': n === 0 ? 'acme' : 'globex' }))
  await vi.waitUntil(() => open.length === held.length)
  const safe = vi.spyOn(logs, 'safePath')
  await (await ask('/i/api/live-requests')).text()
  const asked = safe.mock.calls.filter(([path]) => path.startsWith('/open/'))
  expect(asked).toEqual([['/open/0']])
  for (const response of open) response.end()
  await Promise.all(held)
})

test('a reader of one account sees no message of a failure behind an answer of 404', async () => {
  const { ask, written, spoor } = await service()
  await ask('/behind')
    .then(
      (answer) => answer.text(),
      () => undefined,
    )
    .catch(() => undefined)
  await vi.waitUntil(() => written().includes('"path":"/behind"'))
  await spoor.flush()
  const own = await (await ask('/i/api/requests')).text()
  expect(own).toContain('"withheld":true')
  expect(own).not.toContain('inside of the service')
  expect(await (await ask('/i/api/requests', { 'x-user': 'all' })).text()).toContain('inside of the service')
})

test('a Request in a line shows its address without query and tokens', async () => {
  const { logs, written } = await service()
  logs.root.info({ sent: new Request(`https://h.example/reset/${token}?note=CANARY`) }, 'sent')
  await logs.flush()
  expect(written()).toContain('https://h.example/reset/[redacted]')
  expect(written()).not.toMatch(new RegExp(`${token}|CANARY`))
})

test('bodies of Apollo and Azure errors are left out', async () => {
  const { logs, written } = await service()
  const response = { bodyAsText: 'CANARY', parsedBody: { note: 'CANARY' } }
  logs.root.error(
    { error: Object.assign(new Error('failed'), { bodyText: 'CANARY', response, responses: [{ data: 'CANARY' }] }) },
    'failed',
  )
  await logs.flush()
  expect(written()).toContain('[left out]')
  expect(written()).not.toContain('CANARY')
})
