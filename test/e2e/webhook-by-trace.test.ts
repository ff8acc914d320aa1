// What docs/jobs.md says of a webhook: from the log files alone it leads back to the request that caused it. With the
// example's sandbox sites, in a process of its own, and the real grep.
import { randomBytes } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { jobIn } from '../../examples/publisher/testing/later.js'
import { addressIn, npmStart } from '../../examples/publisher/testing/process.js'
import { call, type Line, post } from '../../examples/publisher/testing/publisher.js'
import { WAITING } from './followed-jobs.js'
import { grep } from './grep.js'

const isWebhook = ({ route }: Line): boolean => route === '/api/v1/webhooks/wordpress'

test.each([
  ['an untrusted caller', {}],
  ['a trusted proxy', { TRUSTED_PROXIES: '127.0.0.1' }],
])('the webhook of a job from %s is found by the trace of the request', async (_, env) => {
  const service = npmStart({ PORT: '0', ...env })
  const publisher = { url: await addressIn(service) }
  const headers = { traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01` }
  const answer = await call(publisher, 'POST', '/api/v1/publish?later=1', { token: 'acme-user', headers, body: post })
  const { json } = await jobIn(publisher, 'acme-user', answer.json.jobId, 'done')

  // The request's id gives its trace, the trace gives the webhook.
  const [request] = (await grep(service.logDirectory, answer.id)).filter(({ kind }) => kind === 'request')
  const traceId = String(request?.traceId)
  const found = await vi.waitFor(async () => {
    const lines = await grep(service.logDirectory, traceId)
    expect(lines.filter(isWebhook)).toHaveLength(1)
    return lines
  }, WAITING)
  expect(found.filter(({ kind }) => kind === 'job')).toMatchObject([{ parentId: answer.id, requestId: json.jobId }])

  // And back: a line about the webhook, its request line, the trace, and with it the request.
  const [received] = (await grep(service.logDirectory, 'webhook received')).filter(
    ({ logger }) => logger === 'webhooks',
  )
  const [webhook] = (await grep(service.logDirectory, String(received?.requestId))).filter(isWebhook)
  expect(webhook).toMatchObject({ status: 204, account: 'acme' })
  const back = await grep(service.logDirectory, String(webhook?.clientTraceId ?? webhook?.traceId))
  expect(back.filter(({ kind }) => kind === 'request')).toContainEqual(
    expect.objectContaining({ requestId: answer.id }),
  )
  expect([webhook?.traceId, webhook?.clientTraceId]).toContain(traceId)
})
