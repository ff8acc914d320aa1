// The example service in a process of its own, with a PostgreSQL: its queries under the id of the request that sent them.
// Left out, by name, where there is no PostgreSQL.
import { randomBytes } from 'node:crypto'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { jobIn } from '../../examples/publisher/testing/later.js'
import { addressIn, npmStart, type Started } from '../../examples/publisher/testing/process.js'
import { type Address, type Answer, call, type Line } from '../../examples/publisher/testing/publisher.js'
import { WAITING } from './followed-jobs.js'
import { grep } from './grep.js'
import { type Postgres, startPostgres } from './postgres.js'
import { available } from './services.js'

const TRACKED = { 'x-debug-resource-tracking': 'true' }

describe.skipIf(!available('postgres'))('the queries of the example', () => {
  test('stand under the id of the request or job that sent them, in the files and in the record, without any value', async () => {
    const { publisher, service } = await startWithPostgres()
    const secrets = [secret(), secret()]
    const post = { title: secrets[0], content: secrets[1] }
    const options = { token: 'acme-admin', headers: TRACKED, body: post }

    const published = await call(publisher, 'POST', '/api/v1/publish', options)
    expect(published).toMatchObject({ status: 201, json: { postId: 1 } })
    expect(await requestLineIn(service, published.id)).toMatchObject({
      account: 'acme',
      queries: { calls: 4, rows: 2, bySystem: { postgresql: { calls: 4 } } },
      fields: { plan: 'pro' },
      outgoing: { calls: 2 },
    })
    const record = await recordOf(publisher, published)
    const kinds = (record.queryKinds as { summary: string }[]).map(({ summary }) => summary)
    expect(kinds.sort()).toEqual(['BEGIN', 'COMMIT', 'INSERT accounts', 'INSERT posts'])

    const queued = await call(publisher, 'POST', '/api/v1/publish?later=1', options)
    await jobIn(publisher, 'acme-admin', queued.json.jobId, 'done')
    const lines = await linesWhen(service, queued.id, (found) => found.some(({ kind }) => kind === 'job'))
    expect(lines.find(({ kind }) => kind === 'job')).toMatchObject({ parentId: queued.id, queries: { calls: 4 } })

    service.child.kill('SIGTERM')
    await service.exit
    const output = service.stdout() + service.stderr()
    for (const text of secrets) {
      expect(output).not.toContain(text)
      await expect(grep(service.logDirectory, text)).rejects.toThrow()
      expect(JSON.stringify(record)).not.toContain(text)
    }
  })

  test('repeat in a naive list, which the request line, the record, its sentence and Server-Timing show', async () => {
    const { publisher, service } = await startWithPostgres()
    for (let i = 0; i < 6; i++) {
      await call(publisher, 'POST', '/api/v1/publish', { token: 'acme-user', body: { title: `${i}`, content: 'x' } })
    }
    await call(publisher, 'POST', '/api/v1/publish', { token: 'globex-user', body: { title: 'G', content: 'x' } })
    const naive = await call(publisher, 'GET', '/api/v1/posts?naive=1', { token: 'acme-admin', headers: TRACKED })
    const plain = await call(publisher, 'GET', '/api/v1/posts', { token: 'acme-admin' })
    expect(naive.json).toEqual(plain.json)
    expect(naive.headers.get('server-timing')).toMatch(/\bqueries;dur=[\d.]+/)

    const repeated = [{ system: 'postgresql', summary: 'SELECT posts', calls: 6, ms: expect.any(Number) }]
    const sums = { queries: { calls: 7, rows: 12, repeated }, counts: { posts: 6 }, fields: { plan: 'pro' } }
    expect(await requestLineIn(service, naive.id)).toMatchObject(sums)
    expect(await recordOf(publisher, naive)).toMatchObject({
      ...sums,
      summary: expect.stringContaining('in 7 queries, 6 of them the same SELECT posts'),
    })
    expect(await requestLineIn(service, plain.id)).not.toHaveProperty('queries')
    const token = 'acme-admin'
    const found = await call(publisher, 'GET', '/_spoor/api/requests?field.plan=pro&status=200', { token })
    expect(found.json.items).toContainEqual(expect.objectContaining({ id: naive.id }))
  })

  test('are logged as failed when PostgreSQL is stopped, and posts are still published', async () => {
    const { publisher, service, postgres } = await startWithPostgres()
    const body = { title: 'A title', content: 'x' }
    await call(publisher, 'POST', '/api/v1/publish', { token: 'acme-user', body })
    await postgres.stop()
    const published = await call(publisher, 'POST', '/api/v1/publish', { token: 'acme-user', body })
    expect(published).toMatchObject({ status: 201, json: { postId: 2, stored: false } })
    const refused = await call(publisher, 'GET', '/api/v1/posts?naive=1', { token: 'acme-user' })
    expect(refused).toMatchObject({ status: 503, json: { code: 'posts_unavailable' } })
    const lines = await linesWhen(service, published.id, (found) => found.some(({ kind }) => kind === 'request'))
    expect(lines).toContainEqual(expect.objectContaining({ logger: 'database', level: 'error', account: 'acme' }))
  })
})

async function startWithPostgres(): Promise<{ publisher: Address; service: Started; postgres: Postgres }> {
  const postgres = await startPostgres()
  onTestFinished(() => postgres.stop())
  const service = npmStart({ PORT: '0', DATABASE_URL: postgres.url })
  return { publisher: { url: await addressIn(service) }, service, postgres }
}

function secret(): string {
  return `canary-${randomBytes(8).toString('hex')}`
}

function linesWhen({ logDirectory }: Started, id: string, complete: (lines: Line[]) => boolean): Promise<Line[]> {
  return vi.waitFor(async () => {
    const lines = await grep(logDirectory, id)
    if (!complete(lines)) throw new Error(`not all lines of ${id} yet`)
    return lines
  }, WAITING)
}

async function requestLineIn(service: Started, id: string): Promise<Line | undefined> {
  const isOne = ({ kind, requestId }: Line): boolean => kind === 'request' && requestId === id
  return (await linesWhen(service, id, (lines) => lines.some(isOne))).find(isOne)
}

/** The record of a tracked request, read as an admin of the account does. */
async function recordOf(publisher: Address, { headers }: Answer): Promise<Record<string, unknown>> {
  const path = `/_spoor/api/requests/${headers.get('x-resource-tracking-id')}`
  return (await call(publisher, 'GET', path, { token: 'acme-admin' })).json
}
