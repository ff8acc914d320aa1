// `spoor inspect`: the inspector's API over log files alone.
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { build, spoor, start } from './command-line.js'
import { type TestService, testService } from './service.js'

let service: TestService
let directory: string
const ids: Record<string, string> = {}

beforeAll(async () => {
  build()
  directory = mkdtempSync(`${tmpdir()}/spoor-inspect-`)
  service = await testService(directory)
  for (const account of ['acme', 'globex']) {
    for (const path of ['/', '/job', '/fail']) ids[account + path] = await service.send(account, path)
  }
  await service.written()
})

afterAll(async () => {
  await service.close()
  rmSync(directory, { recursive: true, force: true })
})

interface Inspecting {
  readonly base: string
  readonly token: string
  /** Asks with the token. */
  ask(path: string, headers?: Record<string, string>): Promise<{ status: number; body: never; text: string }>
  readonly ended: Promise<number | null>
  kill(signal: NodeJS.Signals): void
}

async function inspect(args: readonly string[] = []): Promise<Inspecting> {
  const child = start(['inspect', '--dir', directory, ...args])
  let out = ''
  child.stdout.on('data', (part) => (out += part))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  onTestFinished(() => void child.kill('SIGKILL'))
  await vi.waitUntil(() => out.includes('Ctrl-C'), { timeout: 20_000 })
  const [, base = ''] = /^(http:\/\/127\.0\.0\.1:\d+)\/#token=[\w-]{32}\n/.exec(out) ?? []
  const [, token = ''] = /Bearer ([\w-]{32})'/.exec(out) ?? []
  expect([base, token]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)])
  const ask: Inspecting['ask'] = async (path, headers = {}) => {
    const response = await fetch(base + path, { headers: { authorization: `Bearer ${token}`, ...headers } })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return { status: response.status, body: (isJson ? JSON.parse(text) : undefined) as never, text }
  }
  return { base, token, ask, ended, kill: (signal) => void child.kill(signal) }
}

/** The status of a request whose Host is another one than the address. */
function statusWithHost(base: string, host: string, token: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { host, authorization: `Bearer ${token}` }
    request(`${base}/api/requests`, { headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
}

describe('spoor inspect', () => {
  test('answers every endpoint that log files can answer', async () => {
    const { ask } = await inspect()
    expect((await ask('/api/requests?status=5xx')).body).toMatchObject({
      items: [{ account: 'globex', error: { message: 'out of stock' } }, { account: 'acme' }],
    })
    const page = (await ask('/api/requests?limit=1')).body as { next: string }
    expect((await ask(`/api/requests?limit=1&before=${page.next}`)).body).toMatchObject({ items: [{}] })
    expect((await ask(`/api/requests/${ids['acme/job']}`)).body).toMatchObject({ account: 'acme', source: 'log' })
    expect((await ask(`/api/requests/${ids['acme/job']}/logs?jobs=true`)).body).toMatchObject({
      items: [{ message: 'Handled it' }, { message: 'in the job' }],
      complete: true,
    })
    expect((await ask(`/api/requests/${ids['acme/job']}?as=markdown`)).text).toMatch(/^# GET \/job 200\n/)
    expect((await ask('/api/logs?logger=mail')).body).toMatchObject({ items: [{}, {}] })
    expect((await ask('/api/live-requests')).body).toEqual({ items: [] })
    expect((await ask('/api/health')).body).toMatchObject({
      files: expect.arrayContaining([expect.objectContaining({ file: 'shop.log' })]),
    })
    const accounting = await ask('/api/accounting')
    expect([accounting.status, accounting.text]).toEqual([
      200,
      expect.stringContaining('Log files have no CPU accounting'),
    ])
    expect((await ask('/api/requests/01a20dde-1314-7c1e-9b52-6f0d3a81c7e4')).status).toBe(404)
    expect((await ask('/nothing')).status).toBe(404)
    expect((await ask('/api/logs?x=1')).status).toBe(400)
  })

  test('answers who used the server, and what is read', async () => {
    const { ask } = await inspect()
    const accounts = (await ask('/api/accounts?by=errors')).body as { items: unknown[]; summary: string }
    expect(accounts.items).toMatchObject([
      { account: 'acme', errors: 1, exact: true, cpuMs: expect.any(Number) },
      { account: 'globex', errors: 1 },
    ])
    expect(accounts.summary).toMatch(/^acme and globex each had 1 failure in the last hour/)
    expect((await ask(`/api/routes?account=globex&process=${process.pid}`)).body).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ route: 'job receipt' })]),
    })
    expect((await ask('/api/routes?process=1')).body).toMatchObject({ items: [] })
    expect((await ask('/api/session')).body).toMatchObject({
      ...{ source: 'files', service: 'shop', version: '1.0.0', read: 'all', mode: 'off' },
      processes: [{ pid: process.pid }],
    })
    expect((await ask('/api/summary?status=5xx')).body).toMatchObject({ count: 2, failed: 2, points: [{}, {}] })
    expect((await ask('/api/requests?measured=true&kind=job')).body).toMatchObject({ items: [{}, {}] })
    expect((await ask('/api/requests?measured=false')).body).toMatchObject({ items: [] })
    expect((await ask('/api/health')).body).toMatchObject({
      summary: expect.stringMatching(/^Log files do not know the health of the service/),
    })
  })

  test('serves the page without the token, and nothing else', async () => {
    const { base } = await inspect()
    const page = await fetch(`${base}/`)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    const html = await page.text()
    expect(html).not.toContain('shop')
    const [, script = ''] = /src="\.\/(assets\/[\w-]+\.js)"/.exec(html) ?? []
    const loaded = await fetch(`${base}/${script}`)
    expect([loaded.status, loaded.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8'])
    expect((await fetch(`${base}/assets/nothing.js`)).status).toBe(404)
    expect((await fetch(`${base}/api/session`)).status).toBe(401)
  })

  test('streams lines as they are written', async () => {
    const { base, token } = await inspect()
    const response = await fetch(`${base}/api/live?account=acme`, { headers: { authorization: `Bearer ${token}` } })
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const sending = setInterval(() => void service.send('acme'), 100)
    onTestFinished(() => clearInterval(sending))
    let text = ''
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      text += Buffer.from(chunk).toString()
      if (/^event: line\n/m.test(text)) break
    }
    expect(text).toContain('Handled it')
  })

  test('refuses requests without its token, and requests to another host name', async () => {
    const { base, token, ask } = await inspect()
    for (const authorization of ['', 'Bearer x', `Bearer ${token.slice(0, -1)}_`, `bearer${token}`]) {
      const refused = await fetch(`${base}/api/requests`, { headers: { authorization } })
      expect([authorization, refused.status, refused.headers.get('www-authenticate')]).toEqual([
        authorization,
        401,
        'Bearer',
      ])
    }
    for (const host of ['attacker.example', 'localhost.attacker.example', '127.0.0.1.attacker.example:80'])
      expect([host, await statusWithHost(base, host, token)]).toEqual([host, 421])
    expect(await statusWithHost(base, 'localhost:1', token)).toBe(200)
    expect(
      (await fetch(`${base}/api/requests`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })).status,
    ).toBe(405)
    expect((await inspect()).token).not.toBe(token)
    expect((await ask('/api/requests')).status).toBe(200)
  })

  test('shows one account only, if --account names it', async () => {
    const { ask } = await inspect(['--account', 'acme'])
    const foreign = ['/api/requests?account=globex', '/api/logs?account=globex', '/api/routes?account=globex']
    const own = ['/api/requests', '/api/logs', '/api/accounts', '/api/routes', '/api/summary', '/api/session']
    for (const path of [...foreign, ...own]) expect((await ask(path)).text).not.toContain('globex')
    const { items } = (await ask('/api/requests')).body as { items: { account: string }[] }
    expect(items.length).toBeGreaterThanOrEqual(4)
    expect(new Set(items.map(({ account }) => account))).toEqual(new Set(['acme']))
    for (const path of ['', '/logs', '?as=markdown'])
      expect((await ask(`/api/requests/${ids['globex/']}${path}`)).status).toBe(404)
    expect((await ask('/api/session')).body).toMatchObject({ read: 'account', account: 'acme' })
    for (const path of ['/api/health', '/api/accounting']) expect((await ask(path)).status).toBe(403)
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('ends on %s, also while a viewer watches', async (signal) => {
    const { base, token, ended, kill } = await inspect()
    const response = await fetch(`${base}/api/live`, { headers: { authorization: `Bearer ${token}` } })
    kill(signal)
    expect(await ended).toBe(0)
    await response.text().catch(() => '')
  })

  test('says that its port is taken, or wrong', async () => {
    const { base } = await inspect()
    const port = new URL(base).port
    const taken = await spoor(['inspect', '--dir', directory, '--port', port])
    expect([taken.code, taken.err]).toEqual([2, expect.stringContaining(`another program has port ${port}`)])
    const wrong = await spoor(['inspect', '--dir', directory, '--port', '70000'])
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('--port: expected a number from 0 to 65535')])
  })
})
