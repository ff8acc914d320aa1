import './testing/log-directory.js'
import { expect, test, vi } from 'vitest'
import type { Publisher } from './publisher.js'
import { call, start, WAITING } from './testing/publisher.js'

interface Usage {
  summary: string
  exact: boolean
  windows?: number
  items: { account?: string; requests: number; cpuMs?: number; routes?: { route?: string }[] }[]
}

async function accountsOf(publisher: Publisher, token: string, query = 'span=10m'): Promise<Usage> {
  const { status, json } = await call(publisher, 'GET', `/_spoor/api/accounts?${query}`, { token })
  expect(status).toBe(200)
  return json as unknown as Usage
}

test('the operator sees that globex uses the CPU, in POST /api/v1/export', async () => {
  const publisher = await start()
  await call(publisher, 'GET', '/api/v1/work?cpuMs=1', { token: 'acme-admin' })
  // Windows measure 50 ms of each second, so some exports are needed until one is seen.
  await vi.waitFor(async () => {
    await call(publisher, 'POST', '/api/v1/export?ms=300', { token: 'globex-user' })
    const { summary, windows, exact } = await accountsOf(publisher, 'operator')
    expect(summary).toMatch(
      /^globex used (?:more than )?\d+ % of the CPU in the last 10 minutes, nearly all of it in POST \/api\/v1\/export[.,]/,
    )
    expect(exact).toBe(false)
    expect(windows).toBeGreaterThan(0)
  }, WAITING)
})

test('an admin sees what their account uses, and nothing of another account', async () => {
  const publisher = await start()
  await call(publisher, 'POST', '/api/v1/export?ms=20', { token: 'globex-user' })
  await call(publisher, 'GET', '/api/v1/work?cpuMs=1', { token: 'acme-admin' })
  await vi.waitFor(async () => {
    const usage = await accountsOf(publisher, 'acme-admin', 'by=requests')
    expect(usage.items.map(({ account, requests }) => [account, requests])).toEqual([['acme', 1]])
    expect(usage.summary).toBe('acme had 1 request in the last hour, in GET /api/v1/work.')
    expect(JSON.stringify(usage)).not.toContain('globex')
  }, WAITING)
})
