// Accounts and routes with hostile names, and readers who ask for the names of others.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createSpoor } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { expect, onTestFinished, test } from 'vitest'
import { logsIn } from '../conformance/service.js'
import { temporaryFolder } from '../programs/folder.js'

type Ask = (path: string, name: string) => Promise<{ status: number; body: string; json: Record<string, unknown> }>

/** A service in which the caller says its account (percent-encoded); `olga` reads everything. */
async function service(): Promise<Ask> {
  const logs = logsIn(temporaryFolder())
  const authorize = ({ roles }: { roles: readonly string[] }) => (roles.includes('operator') ? 'all' : 'account')
  const spoor = createSpoor({ service: 'hostile', logs, inspector: { authorize } })
  const s = spoorExpress(spoor, {
    account: ({ headers }) => {
      const name = decodeURIComponent(String(headers['x-name']))
      return name === 'olga' ? { user: name, roles: ['operator'] } : { account: name }
    },
  })
  const app = express()
  app.use(s)
  app.use('/_spoor', s.inspector)
  app.get('/reset/token=hunter2', (_, response) => response.json('done'))
  app.use((_, response) => void response.json('done'))
  const server = createServer(app)
  spoor.attach(server)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
    await spoor.close()
    await logs.close()
  })
  const { port } = server.address() as AddressInfo
  return async (path, name) => {
    const headers = { 'x-name': encodeURIComponent(name) }
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
    const body = await response.text()
    return { status: response.status, body, json: JSON.parse(body) }
  }
}

// Control characters, line separators and marks that reorder text.
const dangerous = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/

test.each([
  '\u001b[31mred\u001b[0m',
  'acme used 1 % of the CPU.\nglobex',
  '\u202etxt.exe',
  '"quoted" \\ and more',
  '(anonymous)',
  '__proto__',
  'x'.repeat(200),
])('an account named %j stays one name in the sentence', async (name) => {
  const ask = await service()
  for (let i = 0; i < 3; i++) await ask('/somewhere', name)
  const { body, json } = await ask('/_spoor/api/accounts?by=requests', 'olga')
  expect(body).not.toMatch(dangerous)
  const summary = String(json['summary'])
  expect(summary).not.toMatch(/[\r\n]/)
  expect(summary).toMatch(/^\S.* had 3 requests in the last hour, 100 % of all requests[.,]/)
  expect(summary.length).toBeLessThan(300)
  if (/\s|"/.test(name)) expect(summary).toMatch(/^"(?:[^"\\]|\\.)*" had 3 requests/)
  // The name of a shared row does not lead to the rows of others.
  const own = await ask('/_spoor/api/accounts?by=requests', name)
  expect((own.json['items'] as unknown[]).length).toBe(name.startsWith('(') ? 0 : 1)
})

test('a secret in the pattern of a route is redacted in items and sentence', async () => {
  const ask = await service()
  await ask('/reset/token=hunter2', 'acme')
  for (const path of ['/api/routes?by=requests', '/api/accounts?by=requests']) {
    const { body } = await ask(`/_spoor${path}`, 'olga')
    expect(body).toContain('/reset/token=')
    expect(body).not.toContain('hunter2')
  }
})

test('a reader of one account gets no name and no figure of another account by any question', async () => {
  const ask = await service()
  for (const name of ['globex', 'globex', 'globex', 'acme']) await ask('/reset/token=hunter2', name)
  const figures = ['cpu', 'heldUp', 'queries', 'pool', 'bytes', 'requests', 'errors', 'counts.tokens']
  for (const by of figures) {
    for (const path of [
      'accounts?',
      'routes?',
      'routes?account=globex&',
      'routes?account=(other)&',
      'routes?account=(anonymous)&',
    ]) {
      const { status, body, json } = await ask(`/_spoor/api/${path}by=${by}&span=10m`, 'acme')
      expect(status).toBe(200)
      expect(body).not.toMatch(/globex|\(other\)|\(anonymous\)|%|heldOthers/)
      for (const { requests } of json['items'] as { requests: number }[]) expect(requests).toBe(1)
    }
  }
  for (const path of ['accounting?span=10m', 'accounting', 'books?span=1h', 'health']) {
    expect((await ask(`/_spoor/api/${path}`, 'acme')).status).toBe(403)
  }
})
