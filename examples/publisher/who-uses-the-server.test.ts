import './testing/log-directory.js'
import { createServer } from 'node:http'
import { createSpoor } from 'spoor'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createApp } from './app.js'
import { inProcessJobs } from './jobs/in-process.js'
import { logs } from './logs.js'
import { addressOf, closeServer, listen } from './server.js'
import { type Address, call, start, WAITING } from './testing/publisher.js'
import { accountsOf, errorsOf, oneRound } from './testing/shares.js'

/** The service, with all work measured, without sites. Its name keeps it from reading the totals of the tests before. */
async function startMeasured(): Promise<Address> {
  const authorize = ({ roles }: { roles: readonly string[] }) => roles.includes('operator') && 'all'
  const spoor = createSpoor({ service: 'measured', logs, tracking: { mode: 'all' }, inspector: { authorize } })
  const jobs = inProcessJobs(spoor, [], 20)
  const server = createServer(createApp(spoor, [], jobs))
  spoor.attach(server)
  await listen(server, 0, '127.0.0.1')
  onTestFinished(async () => {
    await closeServer(server)
    await jobs.close()
    await spoor.close()
  })
  return { url: addressOf(server) }
}

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

test('with all work measured, the shares of three accounts are right after ten rounds', async () => {
  const publisher = await startMeasured()
  for (let round = 0; round < 10; round++) await oneRound(publisher)
  await vi.waitFor(async () => {
    const usage = await accountsOf(publisher, 'operator')
    expect(usage.items.reduce((sum, { requests }) => sum + requests, 0)).toBe(30)
    expect(usage.exact).toBe(true)
    // Each request also uses CPU for its parsing, its route and its line.
    expect(Math.max(...errorsOf(usage))).toBeLessThan(10)
    expect(usage.summary).toMatch(
      /^globex used \d+ % of the CPU in the last 10 minutes, nearly all of it in POST \/api\/v1\/export, and held up [\d,]+ requests? of other accounts for [\d.]+ m?s\.$/,
    )
  }, WAITING)
})
