// `npm run start:two` as it is started: two processes of the example behind a balancer, over a real Redis. Left out, by name, where there is
// no Redis.
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { addressIn, type Started, startTwo } from '../../examples/publisher/testing/process.js'
import { SERVED_BY } from '../../examples/publisher/two/balancer.js'
import { useBrowser } from './page/browser.js'
import { available } from './services.js'

const WAITING = { timeout: 60_000, interval: 50 }
const operator = { authorization: 'Bearer operator' }
const admin = { authorization: 'Bearer acme-admin', 'content-type': 'application/json' }

interface Process {
  readonly instance: string
  readonly pid: number
  readonly isThis?: true
  readonly isLost?: true
}

/** Open to `nobody`, who runs PostgreSQL if root runs the tests. */
function temporaryFolder(onFinished: (end: () => void) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'publisher-two-'))
  chmodSync(folder, 0o711)
  onFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

describe.skipIf(!available('redis'))('npm run start:two', { timeout: 120_000 }, () => {
  const finished: (() => void)[] = []
  const ownRedis = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('publisher-redis-'))
  const before = ownRedis()
  const openPage = available('chromium') ? useBrowser() : undefined
  let started: Started
  let url: string

  beforeAll(async () => {
    const DATA_DIR = temporaryFolder((end) => finished.push(end))
    const env = { PORT: '0', TRUSTED_PROXIES: '127.0.0.1', DATABASE_URL: '', DATA_DIR }
    started = startTwo(env, (end) => finished.push(end))
    url = await addressIn(started)
  })
  afterAll(() => {
    for (const end of finished.reverse()) end()
  })

  const publish = (headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${url}/api/v1/publish`, {
      method: 'POST',
      headers: { ...admin, ...headers },
      body: JSON.stringify({ title: 'A title', content: 'Some content' }),
    })

  // biome-ignore lint/suspicious/noExplicitAny: answers of the API are compared as they are
  async function read(path: string): Promise<{ by: string | null; body: any }> {
    const response = await fetch(`${url}/_spoor/api/${path}`, { headers: operator })
    if (!response.ok) throw new Error(await response.text())
    return { by: response.headers.get(SERVED_BY), body: await response.json() }
  }

  /** Asks until each process has answered once. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  async function readOnBoth(path: string): Promise<Record<string, any>> {
    const answers = new Map<string | null, unknown>()
    await vi.waitFor(async () => {
      const { by, body } = await read(path)
      answers.set(by, body)
      expect(answers.size).toBe(2)
    }, WAITING)
    return Object.fromEntries(answers)
  }

  const processes = async (): Promise<Process[]> => (await read('session')).body.processes
  const pids = (): number[] =>
    [...started.stdout().matchAll(/^ +(?:Processes +)?\S+:(\d+)$/gm)].map(([, pid]) => Number(pid))

  test('both processes answer, and keep the id and the trace that a trusted caller sent', async () => {
    const seen = new Set<string | null>()
    await vi.waitFor(async () => {
      const response = await publish({ 'x-request-id': 'from-the-edge' })
      expect([response.status, response.headers.get('x-request-id')]).toEqual([201, 'from-the-edge'])
      seen.add(response.headers.get(SERVED_BY))
      expect(seen.size).toBe(2)
    }, WAITING)
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const id = (await publish({ traceparent })).headers.get('x-request-id')
    await vi.waitFor(() => {
      const lines = readFileSync(join(started.logDirectory, 'requests.jsonl'), 'utf8').split('\n')
      const line = lines.find((line) => line.includes(`"requestId":"${id}"`) && line.includes('"method":"POST"'))
      expect(line).toContain('"traceId":"0af7651916cd43dd8448eb211c80319c"')
    }, WAITING)
  })

  test('a record is read on either, and both list the requests and the names of both', async () => {
    const ids = await Promise.all(
      [publish(), publish(), publish()].map(async (response) => (await response).headers.get('x-request-id')),
    )
    await vi.waitFor(async () => {
      for (const id of ids) expect((await read(`requests/${id}`)).body.account).toBe('acme')
    }, WAITING)
    const record = await readOnBoth(`requests/${ids[0]}`)
    const [one, other] = Object.values(record)
    expect(one).toEqual(other)

    const lists = await readOnBoth('requests?limit=100')
    for (const { items } of Object.values(lists)) {
      expect(new Set(items.map(({ pid }: Process) => pid))).toEqual(new Set(pids()))
      expect(items.map(({ requestId }: { requestId: string }) => requestId)).toEqual(expect.arrayContaining(ids))
    }
    for (const [name, session] of Object.entries(await readOnBoth('session'))) {
      expect(session.processes.map(({ pid }: Process) => pid).sort()).toEqual(pids().sort())
      expect(session.processes.find(({ isThis }: Process) => isThis).instance).toBe(name)
    }
  })

  test('both processes use one site and one database, and a webhook reaches either', async () => {
    const posts = await readPosts()
    await publish()
    for (let n = 0; n < 2; n++) expect(await readPosts()).toBe(posts + 1)
    // The database is asked only with this query. Without PostgreSQL, each process has its own.
    if (available('postgres')) for (let n = 0; n < 2; n++) expect(await readPosts('?naive=1')).toBe(posts + 1)
    await vi.waitFor(async () => {
      const { items } = (await read('requests?route=/api/v1/webhooks/wordpress&limit=100')).body
      expect(items.map(({ status }: { status: number }) => status)).toContain(204)
      expect(items.map(({ status }: { status: number }) => status)).not.toContain(401)
    }, WAITING)
  })

  async function readPosts(query = ''): Promise<number> {
    const response = await fetch(`${url}/api/v1/posts${query}`, { headers: admin })
    return ((await response.json()) as { posts: unknown[] }).posts.length
  }

  test('the live lines of the inspector come through the balancer', async () => {
    const leaving = new AbortController()
    onTestFinished(() => leaving.abort())
    const live = await fetch(`${url}/_spoor/api/live`, { headers: operator, signal: leaving.signal })
    expect(live.headers.get('content-type')).toMatch(/^text\/event-stream/)
    const id = (await publish()).headers.get('x-request-id')
    let text = ''
    for await (const chunk of live.body as unknown as AsyncIterable<Uint8Array>) {
      text += new TextDecoder().decode(chunk)
      if (text.includes(`"requestId":"${id}"`)) break
    }
  })

  test('a killed process is named, is lost within 10 s with its open requests, and the service goes on', async () => {
    const [killed = 0] = pids()
    // Of three requests in a row, each process gets one.
    const open = Promise.allSettled(
      [1, 2, 3, 4].map(() => fetch(`${url}/api/v1/work?waitMs=10000`, { headers: admin })),
    )
    // Each tells the other every second.
    await vi.waitFor(async () => {
      for (const { items } of Object.values(await readOnBoth('live-requests'))) {
        const working = items.filter(({ path }: { path: string }) => path === '/api/v1/work')
        expect(new Set(working.map(({ pid }: Process) => pid))).toEqual(new Set(pids()))
      }
    }, WAITING)
    // A request of the page may be under way in the process when it is killed.
    const page = await openPage?.(`${url}/_spoor/#/health`, { expected: [/502/] })
    await page?.getByRole('region', { name: 'Processes' }).getByText(String(killed)).waitFor()
    process.kill(killed, 'SIGKILL')
    const killedAt = performance.now()
    await vi.waitFor(() => expect(started.stdout()).toMatch(new RegExp(`a process has ended.*:${killed}`)), WAITING)
    for (let n = 0; n < 4; n++) expect((await publish()).status).toBe(201)

    await vi.waitFor(async () => {
      expect((await processes()).find(({ pid }) => pid === killed)?.isLost).toBe(true)
    }, WAITING)
    await page
      ?.getByRole('row', { name: String(killed) })
      .getByText('lost')
      .waitFor()
    // 10 s are promised. A busy machine may take longer to answer.
    expect(performance.now() - killedAt).toBeLessThan(20_000)
    const { items } = (await read('live-requests')).body
    const lost = items.filter(({ pid }: Process) => pid === killed)
    expect(lost.length).toBeGreaterThan(0)
    for (const request of lost) expect(request).toMatchObject({ isLost: true, account: 'acme' })

    await page?.close()
    const signalled = performance.now()
    const others = pids().filter((pid) => pid !== killed)
    started.child.kill('SIGTERM')
    expect(await started.exit).toBe(0)
    expect(performance.now() - signalled).toBeLessThan(15_000)
    expect(others.map((pid) => existsSync(`/proc/${pid}`))).toEqual([false])
    expect(ownRedis()).toEqual(before)
    await open
  })
})

test('npm run start:two without a Redis says how to give it one, and exits with 1', { timeout: 120_000 }, async () => {
  const PATH = temporaryFolder(onTestFinished)
  symlinkSync('/bin/cat', join(PATH, 'cat'))
  const started = startTwo({ PORT: '0', REDIS_URL: '', PATH })
  expect(await started.exit).toBe(1)
  expect(started.stderr()).toContain('REDIS_URL=redis://127.0.0.1:6379 npm run start:two')
})
