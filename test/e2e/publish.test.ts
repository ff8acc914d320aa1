// The example service against a real WordPress. Left out, by name, where WordPress is not installed.
import '../../examples/publisher/testing/log-directory.js'
import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Config } from '../../examples/publisher/config.js'
import { type Publisher, startPublisher } from '../../examples/publisher/publisher.js'
import { call, linesOf, publishAs, start, WAITING } from '../../examples/publisher/testing/publisher.js'
import { deadAddress } from '../../examples/publisher/testing/site.js'
import { available, startWordPress, type WordPress, type WordPressOptions } from './services.js'

describe.skipIf(!available('wordpress'))('publishing to a real WordPress', () => {
  let site: WordPress
  let options: Required<WordPressOptions>
  let config: Config
  let publisher: Publisher

  beforeAll(async () => {
    // WordPress is told at its start where to send webhooks, so the service's address is chosen before.
    const address = await deadAddress()
    options = {
      dir: mkdtempSync(join(tmpdir(), 'publish-wordpress-')),
      webhookUrl: `${address}/api/v1/webhooks/wordpress`,
      webhookSecret: `whsec_${randomBytes(32).toString('base64')}`,
    }
    site = await startWordPress(options)
    config = {
      port: Number(new URL(address).port),
      host: '127.0.0.1',
      trustedProxies: true,
      wordpress: {
        url: site.url,
        user: site.user,
        appPassword: site.appPassword,
        webhookSecret: options.webhookSecret,
      },
      wordpressTimeoutMs: 10_000,
      database: 'memory',
      sandboxes: {},
      trackingMode: 'header',
      recordsMb: 64,
      redisUrl: undefined,
      jobBackoffMs: 100,
    }
    publisher = await startPublisher(config)
  })

  afterAll(async () => {
    await publisher?.close()
    await site?.stop({ purge: true })
  })

  async function fromWordPress(postId: unknown): Promise<Record<string, unknown>> {
    const authorization = `Basic ${Buffer.from(`${site.user}:${site.appPassword}`).toString('base64')}`
    const url = `${site.restUrl}/wp/v2/posts/${postId}?context=edit`
    const response = await fetch(url, { headers: { authorization } })
    return (await response.json()) as Record<string, unknown>
  }

  test('creates the post, and every step has the request id and the account', async () => {
    const title = 'Häuser & Höfe – “schön”'
    const answer = await publishAs(publisher, 'acme-admin', { title, content: '<p>Some text</p>' })
    expect(answer.status).toBe(201)
    const post = await fromWordPress(answer.json.postId)
    expect(post).toMatchObject({ status: 'publish', title: { raw: title }, content: { raw: '<p>Some text</p>' } })
    expect(answer.json.link).toBe(post.link)

    // The webhook came under the same id, so the request's own line is one of two.
    const line = { account: 'acme', user: 'acme-admin', route: '/api/v1/publish', status: 201 }
    await vi.waitFor(async () => {
      expect(await linesOf('requests.jsonl', answer.id)).toContainEqual(expect.objectContaining(line))
    }, WAITING)
    const steps = await linesOf('publish_sync.log', answer.id)
    expect(steps.map(({ message }) => message)).toEqual([
      'post accepted',
      'post created',
      'post read back',
      'published',
    ])
    const calls = await linesOf('wordpress-api.log', answer.id)
    expect(calls.map(({ method, route, status }) => [method, route, status])).toEqual([
      ['POST', '/wp-json/wp/v2/posts', 201],
      ['GET', '/wp-json/wp/v2/posts/:id', 200],
    ])
    for (const { durationMs } of calls) expect(durationMs).toBeGreaterThan(0)
    for (const { account } of [...steps, ...calls]) expect(account).toBe('acme')
  })

  test('verifies the signed webhook and logs it under the id of the publishing request', async () => {
    const answer = await publishAs(publisher, 'acme-user')
    const webhook = await vi.waitFor(async () => {
      const [line] = await linesOf('webhooks.log', answer.id)
      if (line === undefined) throw new Error('no webhook yet')
      return line
    }, WAITING)
    expect(webhook).toMatchObject({
      level: 'info',
      account: 'acme',
      event: 'post.status',
      postId: answer.json.postId,
      to: 'publish',
    })
  })

  test('lists the posts of WordPress', async () => {
    const answer = await publishAs(publisher, 'acme-user', { title: 'A draft', content: 'Text', status: 'draft' })
    const { json } = await call(publisher, 'GET', '/api/v1/posts', { token: 'acme-user' })
    expect(json.posts).toContainEqual(
      expect.objectContaining({ postId: answer.json.postId, title: 'A draft', status: 'draft' }),
    )
  })

  test('answers 502 with its own code and logs a warning for a wrong application password', async () => {
    const wordpress = { ...config.wordpress!, appPassword: 'not the one' }
    const wrong = await start({ wordpress })
    const answer = await publishAs(wrong, 'acme-admin')
    expect(answer).toMatchObject({ status: 502, json: { code: 'wordpress_refused_credentials', requestId: answer.id } })
    const [line] = await linesOf('wordpress-api.log', answer.id)
    expect(line).toMatchObject({ level: 'warn', account: 'acme', status: 401, durationMs: expect.any(Number) })
    const [told] = await vi.waitFor(async () => {
      const lines = await linesOf('requests.jsonl', answer.id)
      expect(lines).not.toEqual([])
      return lines
    }, WAITING)
    expect(told?.error).toMatchObject({ message: expect.stringMatching(/401 \w*(?:rest_|password)/) })
  })

  test('answers 502 while WordPress is stopped, and publishes again after its restart', async () => {
    await site.stop()
    const answer = await publishAs(publisher, 'acme-admin')
    expect(answer).toMatchObject({ status: 502, json: { code: 'wordpress_unreachable', requestId: answer.id } })
    const [line] = await linesOf('wordpress-api.log', answer.id)
    expect(line).toMatchObject({ level: 'error', account: 'acme', errorCode: 'ECONNREFUSED' })
    expect(await call(publisher, 'GET', '/api/v1/work')).toMatchObject({ status: 200 })

    site = await startWordPress(options)
    expect(await publishAs(publisher, 'acme-admin')).toMatchObject({ status: 201 })
  })
})
