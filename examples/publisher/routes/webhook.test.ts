import '../testing/log-directory.js'
import { describe, expect, test, vi } from 'vitest'
import type { Publisher } from '../publisher.js'
import { type Answer, call, linesOf, publishAs, requestLineOf, start, WAITING } from '../testing/publisher.js'
import { readSecret, sign } from '../webhooks/signature.js'

const event = { event: 'post.status', postId: 7, from: 'draft', to: 'publish' }

function secretOf(publisher: Publisher, account: string): string {
  return publisher.sites.find((site) => site.account === account)?.webhookSecret ?? ''
}

interface Webhook {
  secret: string
  id?: string
  timestamp?: number
  body?: string
  /** What is sent instead of the body that was signed. */
  sent?: string
  headers?: Record<string, string>
}

function deliver(publisher: Publisher, webhook: Webhook): Promise<Answer> {
  const { secret, id = 'msg_1', timestamp = Math.floor(Date.now() / 1000), body = JSON.stringify(event) } = webhook
  const signature = sign(readSecret(secret) ?? Buffer.alloc(0), id, timestamp, Buffer.from(body)).toString('base64')
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${signature}`,
    ...webhook.headers,
  }
  return call(publisher, 'POST', '/api/v1/webhooks/wordpress', { headers, body: webhook.sent ?? body })
}

describe('a webhook', () => {
  test('is answered with 204 and logged for the account whose secret signed it', async () => {
    const publisher = await start()
    for (const account of ['acme', 'globex']) {
      const answer = await deliver(publisher, { secret: secretOf(publisher, account) })
      expect(answer.status).toBe(204)
      expect(await linesOf('webhooks.log', answer.id)).toMatchObject([
        { level: 'info', account, webhookId: 'msg_1', ...event },
      ])
      expect(await requestLineOf(answer.id)).toMatchObject({ account, user: 'wordpress' })
    }
  })

  const now = Math.floor(Date.now() / 1000)
  test.each([
    ['too old', { timestamp: now - 3_600 }, 401, 'webhook_too_old'],
    ['from the future', { timestamp: now + 3_600 }, 401, 'webhook_too_new'],
    ['signed with a wrong secret', { secret: `whsec_${'A'.repeat(32)}` }, 401, 'webhook_signature_wrong'],
    ['whose body was changed', { sent: JSON.stringify({ ...event, postId: 8 }) }, 401, 'webhook_signature_wrong'],
    ['without a signature', { headers: { 'webhook-signature': '' } }, 401, 'webhook_headers_missing'],
  ])('that is %s is refused, logged as a warning, and has no account', async (_what, webhook, status, code) => {
    const publisher = await start()
    const answer = await deliver(publisher, { secret: secretOf(publisher, 'acme'), ...webhook })
    expect(answer).toMatchObject({ status, json: { code, requestId: answer.id } })
    const [line, ...more] = await linesOf('webhooks.log', answer.id)
    expect(line).toMatchObject({ level: 'warn', message: 'webhook refused', code })
    expect(line).not.toHaveProperty('error')
    expect(line?.account).toBeUndefined()
    expect(more).toEqual([])
    expect((await requestLineOf(answer.id)).account).toBeUndefined()
  })

  test('that is sent again is refused with 409', async () => {
    const publisher = await start()
    const webhook = { secret: secretOf(publisher, 'acme') }
    expect(await deliver(publisher, webhook)).toMatchObject({ status: 204 })
    const again = await deliver(publisher, webhook)
    expect(again).toMatchObject({ status: 409, json: { code: 'webhook_repeated' } })
    expect(await linesOf('webhooks.log', again.id)).toMatchObject([{ level: 'warn', code: 'webhook_repeated' }])
  })

  test.each(['not JSON', '[]', '{"event":"user.deleted"}', JSON.stringify({ ...event, to: '<b>' })])(
    'that is signed but contains %j is refused with 400',
    async (body) => {
      const publisher = await start()
      const answer = await deliver(publisher, { secret: secretOf(publisher, 'acme'), body })
      expect(answer).toMatchObject({ status: 400, json: { code: 'webhook_unknown_event' } })
    },
  )

  test('that is too large, or compressed, is refused', async () => {
    const publisher = await start()
    const secret = secretOf(publisher, 'acme')
    expect(await deliver(publisher, { secret, body: 'x'.repeat(200_000) })).toMatchObject({ status: 413 })
    expect(await deliver(publisher, { secret, headers: { 'content-encoding': 'gzip' } })).toMatchObject({ status: 415 })
  })

  test('cannot act for another account by adding its token', async () => {
    const publisher = await start()
    const headers = { authorization: 'Bearer globex-user' }
    const answer = await deliver(publisher, { secret: secretOf(publisher, 'acme'), headers })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(await linesOf('webhooks.log', answer.id)).toEqual([])
  })
})

describe('the webhook of a site after publishing', () => {
  async function webhookOf(publisher: Publisher): Promise<{ publish: Answer; line: Record<string, unknown> }> {
    const before = (await linesOf('webhooks.log')).length
    const publish = await publishAs(publisher, 'acme-admin')
    const line = await vi.waitFor(async () => {
      const lines = await linesOf('webhooks.log')
      expect(lines).toHaveLength(before + 1)
      return lines.at(-1) ?? {}
    }, WAITING)
    return { publish, line }
  }

  test('has the id of the publishing request if inbound ids are trusted', async () => {
    const { publish, line } = await webhookOf(await start({ trustedProxies: true }))
    expect(line).toMatchObject({ requestId: publish.id, account: 'acme', event: 'post.status', postId: 1 })
  })

  test('has its own id if inbound ids are not trusted, and the request line keeps the inbound id', async () => {
    const { publish, line } = await webhookOf(await start())
    expect(line).toMatchObject({ account: 'acme', postId: 1 })
    expect(line.requestId).not.toBe(publish.id)
    expect(await requestLineOf(String(line.requestId))).toMatchObject({ clientRequestId: publish.id })
  })
})
