import './testing/log-directory.js'
import { request } from 'node:http'
import { describe, expect, test, vi } from 'vitest'
import { call, linesOf, post, publishAs, requestLineOf, start, WAITING } from './testing/publisher.js'
import { postJson, startSite } from './testing/site.js'

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe('publishing a post', () => {
  test('answers 201 with the id and the link of an existing post', async () => {
    const publisher = await start()
    const answer = await publishAs(publisher, 'acme-admin', { title: 'Häuser & <b>Höfe</b>', content: 'Text' })
    expect(answer).toMatchObject({ status: 201, json: { postId: 1, link: expect.stringMatching(/^http:/) } })
    expect(answer.id).toMatch(UUID_V7)

    const { json } = await call(publisher, 'GET', '/api/v1/posts', { token: 'acme-user' })
    expect(json.posts).toMatchObject([{ postId: 1, title: 'Häuser & <b>Höfe</b>', status: 'publish' }])
    const page = await fetch(String(answer.json.link))
    expect(await page.text()).toContain('<h1>Häuser &amp; &lt;b&gt;Höfe&lt;/b&gt;</h1>')
  })

  test('logs every step with the id of the request and the account', async () => {
    const { id } = await publishAs(await start(), 'acme-admin')
    const line = await requestLineOf(id)
    expect(line).toMatchObject({ account: 'acme', user: 'acme-admin', status: 201, route: '/api/v1/publish' })

    const steps = await linesOf('publish_sync.log', id)
    expect(steps.map(({ message }) => message)).toEqual([
      'post accepted',
      'post created',
      'post read back',
      'published',
    ])
    const calls = await linesOf('wordpress-api.log', id)
    expect(calls).toMatchObject([
      { level: 'info', method: 'POST', route: '/wp-json/wp/v2/posts', status: 201, durationMs: expect.any(Number) },
      { level: 'info', method: 'GET', route: '/wp-json/wp/v2/posts/:id', status: 200, durationMs: expect.any(Number) },
    ])
    for (const { account } of [...steps, ...calls]) expect(account).toBe('acme')
  })

  test('sets the requested status', async () => {
    const publisher = await start()
    await publishAs(publisher, 'globex-user', { ...post, status: 'draft' })
    const { json } = await call(publisher, 'GET', '/api/v1/posts', { token: 'globex-user' })
    expect(json.posts).toMatchObject([{ status: 'draft' }])
  })

  test.each([
    [{}, 'title: expected text of 1 to 200 characters; content: expected text of 1 to 200000 characters'],
    [[], 'title: expected text of 1 to 200 characters; content: expected text of 1 to 200000 characters'],
    [{ ...post, title: ' ' }, 'title: expected text of 1 to 200 characters'],
    [{ ...post, title: 7 }, 'title: expected text of 1 to 200 characters'],
    [{ ...post, title: 'x'.repeat(201) }, 'title: expected text of 1 to 200 characters'],
    [{ ...post, content: null }, 'content: expected text of 1 to 200000 characters'],
    [{ ...post, status: 'trash' }, 'status: expected one of publish, draft, pending, private'],
  ])('refuses %j and names the mistake', async (body, detail) => {
    const answer = await publishAs(await start(), 'acme-admin', body)
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_post', detail, requestId: answer.id } })
    expect(await linesOf('publish_sync.log', answer.id)).toMatchObject([
      { level: 'warn', step: 'validate', code: 'invalid_post' },
    ])
    expect(await linesOf('wordpress-api.log', answer.id)).toEqual([])
  })

  test('refuses a body that is malformed, has another type or is too large', async () => {
    const publisher = await start()
    const broken = await publishAs(publisher, 'acme-admin', '{"title": ')
    expect(broken).toMatchObject({ status: 400, json: { status: 400, requestId: broken.id } })
    const large = await publishAs(publisher, 'acme-admin', { ...post, content: 'x'.repeat(2 ** 20) })
    expect(large).toMatchObject({ status: 413, json: { status: 413, requestId: large.id } })
    const headers = { 'content-type': 'text/plain' }
    const text = await call(publisher, 'POST', '/api/v1/publish', { token: 'acme-admin', headers, body: 'A title' })
    expect(text).toMatchObject({ status: 415, json: { code: 'json_expected', requestId: text.id } })
    expect(await publishAs(publisher, 'acme-admin')).toMatchObject({ status: 201 })
  })
})

describe('publishing needs a user with an account', () => {
  test('a request without a token gets a 401 that explains how to send one', async () => {
    const answer = await call(await start(), 'POST', '/api/v1/publish', { body: post })
    expect(answer).toMatchObject({ status: 401, json: { code: 'token_missing', requestId: answer.id } })
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="publisher"')
  })

  test('a request with an unknown token gets a 401, and the token is in no log', async () => {
    const answer = await publishAs(await start(), 'a-token-that-nobody-has')
    expect(answer).toMatchObject({ status: 401, json: { code: 'token_unknown' } })
    const line = await requestLineOf(answer.id)
    expect(line.account).toBeUndefined()
    expect(JSON.stringify(line)).not.toContain('a-token-that-nobody-has')
  })

  test('the operator, who has no account, gets a 403', async () => {
    expect(await publishAs(await start(), 'operator')).toMatchObject({
      status: 403,
      json: { code: 'account_required' },
    })
  })
})

describe('two accounts at once', () => {
  test('use different sites, and no line has the account of the other', async () => {
    const publisher = await start()
    const hosts = new Map(publisher.sites.map(({ account, url }) => [account, new URL(url).host]))
    const published = await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const [account, token] = i % 2 === 0 ? ['acme', 'acme-user'] : ['globex', 'globex-user']
        const { id, status } = await publishAs(publisher, token, { title: `${account} ${i}`, content: 'Text' })
        return { account, id, status }
      }),
    )
    for (const { account, id, status } of published) {
      expect(status).toBe(201)
      expect(await requestLineOf(id)).toMatchObject({ account })
      const calls = await linesOf('wordpress-api.log', id)
      expect(calls.map((line) => [line.account, line.host])).toEqual(Array(2).fill([account, hosts.get(account)]))
      const steps = await linesOf('publish_sync.log', id)
      expect(steps.map((line) => line.account)).toEqual(Array(4).fill(account))
    }
    for (const [account, token] of [
      ['acme', 'acme-user'],
      ['globex', 'globex-user'],
    ] as const) {
      const { json } = await call(publisher, 'GET', '/api/v1/posts', { token })
      const titles = (json.posts as { title: string }[]).map(({ title }) => title.split(' ')[0])
      expect(titles).toEqual(Array(20).fill(account))
    }
  })
})

describe('a client that disconnects', () => {
  test('does not stop the publishing, and the log has the disconnect', async () => {
    let release = (): void => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const site = await startSite(async (_req, res) => {
      await held
      res.end(postJson())
    })
    const publisher = await start({ wordpress: site })
    const headers = { authorization: 'Bearer acme-admin', 'content-type': 'application/json' }
    const req = request(`${publisher.url}/api/v1/publish`, { method: 'POST', headers }).end(JSON.stringify(post))
    const gone = new Promise((resolve) => req.on('error', resolve))
    await vi.waitFor(() => expect(site.received).toHaveLength(1), WAITING)
    req.destroy()
    await gone
    const id = String(site.received[0]?.headers['x-request-id'])
    expect(await requestLineOf(id)).toMatchObject({ account: 'acme', aborted: true })

    release()
    await vi.waitFor(async () => {
      const messages = (await linesOf('publish_sync.log', id)).map(({ message }) => message)
      expect(messages).toEqual([
        'post accepted',
        'post created',
        'post read back',
        'published',
        'the client went away before it was told of its post',
      ])
    }, WAITING)
  })
})
