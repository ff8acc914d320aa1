// The example service in a process of its own, from a proxy's id to a webhook, with a real WordPress and a real Redis that
// are killed in the middle. Left out, by name, where they are not installed.
import { randomBytes } from 'node:crypto'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { jobIn } from '../../examples/publisher/testing/later.js'
import { addressIn, npmStart } from '../../examples/publisher/testing/process.js'
import { type Address, type Answer, call, type Line, post } from '../../examples/publisher/testing/publisher.js'
import { deadAddress } from '../../examples/publisher/testing/site.js'
import { temporaryFolder } from '../programs/folder.js'
import { WAITING } from './followed-jobs.js'
import { grep } from './grep.js'
import { available, type Redis, startRedis, startWordPress, type WordPress } from './services.js'

describe.skipIf(!available('wordpress') || !available('redis'))('the story of a post', () => {
  test('is found with one grep, from the proxy to the webhook and the retries, when WordPress and Redis are killed', async () => {
    const { publisher, site, redis, logDirectory } = await startAll()
    const [id, traceId] = [`from-proxy-${randomBytes(8).toString('hex')}`, randomBytes(16).toString('hex')]
    const headers = { 'x-request-id': id, traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` }

    expect(await publish(publisher, '', headers)).toMatchObject({ status: 201, id })
    await site.kill()
    const answer = await publish(publisher, '?later=1', headers)
    expect(answer).toMatchObject({ status: 202, id })
    await jobIn(publisher, 'acme-user', answer.json.jobId, 'retrying')
    redis.kill()
    expect(await publish(publisher, '?later=1', {})).toMatchObject({ status: 503, json: { code: 'jobs_unavailable' } })
    expect(await call(publisher, 'GET', '/api/v1/work')).toMatchObject({ status: 200 })
    await site.startAgain()
    await redis.startAgain()
    const { json } = await jobIn(publisher, 'acme-user', answer.json.jobId, 'done')
    await vi.waitFor(async () => expect(webhooksIn(await grep(logDirectory, traceId))).toHaveLength(2), WAITING)

    const found = await grep(logDirectory, id)
    expect(found.filter(({ kind }) => kind === 'request')).toMatchObject([
      { route: '/api/v1/webhooks/wordpress', status: 204, account: 'acme' },
      { route: '/api/v1/publish', status: 201, account: 'acme' },
      { route: '/api/v1/publish', status: 202, account: 'acme', jobsQueued: 1 },
    ])
    const attempts = found.filter(({ kind }) => kind === 'job')
    const jobId = String(attempts[0]?.requestId)
    const ofJob = { requestId: jobId, parentId: id, account: 'acme' }
    expect(attempts).toHaveLength(Number(json.attempts))
    for (const attempt of attempts) expect(attempt).toMatchObject(ofJob)
    expect(attempts[0]).toMatchObject({ attempt: 1, level: 'error', error: { code: 'wordpress_unreachable' } })
    expect(attempts.at(-1)).toMatchObject({ attempt: json.attempts, level: 'info' })

    const steps = found.filter(({ logger }) => logger === 'publish_sync')
    expect(steps[0]).toMatchObject({ requestId: id, message: 'post accepted' })
    expect(steps.at(-1)).toMatchObject({ ...ofJob, message: 'published' })
    const calls = found.filter(({ logger }) => logger === 'wordpress_api')
    for (const line of calls) expect(line).toMatchObject({ account: 'acme', durationMs: expect.any(Number) })
    expect(calls[0]).toMatchObject({ requestId: id, method: 'POST', status: 201 })
    expect(calls.at(-1)).toMatchObject({ ...ofJob, method: 'GET', status: 200 })
    expect(found.filter(({ logger }) => logger === 'webhooks')).toMatchObject([{ requestId: id, to: 'publish' }])

    // WordPress gives back the id that it was called with: the job's. Its webhook is found by that, or by the trace.
    const all = await grep(logDirectory, id, jobId)
    expect(webhooksIn(all)).toMatchObject([{ requestId: id }, { requestId: jobId, account: 'acme', status: 204 }])
    expect(await grep(logDirectory, traceId)).toEqual(all)
  })
})

/** The service, and what it works with, each of which can be killed and started again with what it held. */
async function startAll() {
  // WordPress is told at its start where to send webhooks, so the service's address is chosen before.
  const address = await deadAddress()
  const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`
  const site = await startSite({ webhookUrl: `${address}/api/v1/webhooks/wordpress`, webhookSecret })
  const redis = await startQueue()
  const { user, appPassword } = site.first
  const service = npmStart({
    PORT: new URL(address).port,
    TRUSTED_PROXIES: '127.0.0.1',
    WORDPRESS_URL: site.first.url,
    WORDPRESS_USER: user,
    WORDPRESS_APP_PASSWORD: appPassword,
    WORDPRESS_WEBHOOK_SECRET: webhookSecret,
    REDIS_URL: redis.url,
    JOB_BACKOFF_MS: '1500',
  })
  return { publisher: { url: await addressIn(service) }, site, redis, logDirectory: service.logDirectory }
}

async function startSite(webhooks: { webhookUrl: string; webhookSecret: string }) {
  const dir = temporaryFolder()
  const start = (): Promise<WordPress> => startWordPress({ dir, ...webhooks })
  const first = await start()
  onTestFinished(() => first.stop({ purge: true }))
  return { first, kill: () => first.kill(), startAgain: start }
}

async function startQueue() {
  const dir = temporaryFolder()
  const start = (port?: number): Promise<Redis> =>
    startRedis({ dir, keepsData: true, ...(port !== undefined && { port }) })
  const { url, pid, stop } = await start()
  onTestFinished(stop)
  return { url, kill: () => process.kill(pid, 'SIGKILL'), startAgain: () => start(Number(new URL(url).port)) }
}

function publish(publisher: Address, query: string, headers: Record<string, string>): Promise<Answer> {
  return call(publisher, 'POST', `/api/v1/publish${query}`, { token: 'acme-user', headers, body: post })
}

function webhooksIn(lines: Line[]): Line[] {
  return lines.filter(({ route }) => route === '/api/v1/webhooks/wordpress')
}
