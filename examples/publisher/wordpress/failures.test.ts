import '../testing/log-directory.js'
import type { RequestListener } from 'node:http'
import { describe, expect, test } from 'vitest'
import { call, type Line, linesOf, publishAs, requestLineOf, start } from '../testing/publisher.js'
import { deadAddress, postJson, SECRET, startSite } from '../testing/site.js'

function answering(status: number, type: string, body: string): RequestListener {
  return (_req, res) => res.writeHead(status, { 'content-type': type }).end(body)
}

function wordPressError(status: number, code: string): RequestListener {
  return answering(status, 'application/json', JSON.stringify({ code, message: 'No.', data: { status } }))
}

/** Says that a thousand bytes will come, sends a few, and hangs up. */
const halfAnswer: RequestListener = (_req, res) => {
  res.writeHead(201, { 'content-type': 'application/json', 'content-length': '1000' })
  res.write('{"id":7,', () => res.destroy())
}

const silence: RequestListener = () => {}

const stall: RequestListener = (_req, res) => {
  res.writeHead(201, { 'content-type': 'application/json' }).write('{"id":7,')
}

interface Failure {
  what: string
  site: RequestListener
  status: number
  code: string
  /** The line in `wordpress_api`. */
  line: Partial<Line>
}

const html = '<!doctype html><title>Error establishing a database connection</title>'

const failures: Failure[] = [
  {
    what: 'closes the connection without a response',
    site: (req) => req.socket.destroy(),
    status: 502,
    code: 'wordpress_unreachable',
    line: { level: 'error', errorCode: 'UND_ERR_SOCKET' },
  },
  {
    what: 'does not respond',
    site: silence,
    status: 504,
    code: 'wordpress_timeout',
    line: { level: 'error', errorCode: 'TimeoutError' },
  },
  {
    what: 'stops in the middle of a response',
    site: stall,
    status: 504,
    code: 'wordpress_timeout',
    line: { level: 'error', status: 201, errorCode: 'TimeoutError' },
  },
  {
    what: 'closes the connection in the middle of a response',
    site: halfAnswer,
    status: 502,
    code: 'wordpress_bad_answer',
    line: { level: 'error', status: 201, errorCode: 'UND_ERR_SOCKET' },
  },
  {
    what: 'answers half a JSON document',
    site: answering(201, 'application/json', postJson().slice(0, 40)),
    status: 502,
    code: 'wordpress_bad_answer',
    line: { level: 'info', status: 201 },
  },
  {
    what: 'answers 401',
    site: wordPressError(401, 'rest_cannot_create'),
    status: 502,
    code: 'wordpress_refused_credentials',
    line: { level: 'warn', status: 401 },
  },
  {
    what: 'answers 403 in HTML',
    site: answering(403, 'text/html', html),
    status: 502,
    code: 'wordpress_refused_credentials',
    line: { level: 'warn', status: 403 },
  },
  {
    what: 'answers 400',
    site: wordPressError(400, 'rest_invalid_param'),
    status: 422,
    code: 'wordpress_rejected_post',
    line: { level: 'warn', status: 400 },
  },
  {
    what: 'answers 404',
    site: wordPressError(404, 'rest_no_route'),
    status: 502,
    code: 'wordpress_bad_answer',
    line: { level: 'warn', status: 404 },
  },
  {
    what: 'answers 500',
    site: wordPressError(500, 'internal_server_error'),
    status: 502,
    code: 'wordpress_failed',
    line: { level: 'error', status: 500 },
  },
  {
    what: 'answers HTML',
    site: answering(200, 'text/html', html),
    status: 502,
    code: 'wordpress_bad_answer',
    line: { level: 'info', status: 200 },
  },
  {
    what: 'answers 500 in HTML',
    site: answering(500, 'text/html', html),
    status: 502,
    code: 'wordpress_bad_answer',
    line: { level: 'error', status: 500 },
  },
  {
    what: 'answers JSON other than a post',
    site: answering(201, 'application/json', '[1, 2]'),
    status: 502,
    code: 'wordpress_bad_answer',
    line: { level: 'info', status: 201 },
  },
  {
    what: 'answers a post whose link is a script',
    site: answering(201, 'application/json', postJson({ link: 'javascript:alert(1)' })),
    status: 502,
    code: 'wordpress_bad_answer',
    line: { level: 'info', status: 201 },
  },
  {
    what: 'redirects to another address',
    site: (_req, res) => res.writeHead(302, { location: 'http://127.0.0.1:1/' }).end('{}'),
    status: 502,
    code: 'wordpress_bad_answer',
    line: { level: 'info', status: 302 },
  },
  {
    what: 'sends an endless response',
    site: (_req, res) => {
      res.writeHead(200, { 'content-type': 'application/json' })
      res.write('x'.repeat(5 * 1024 * 1024))
    },
    status: 502,
    code: 'wordpress_bad_answer',
    line: { level: 'info', status: 200, aborted: true },
  },
]

describe('when the WordPress site', () => {
  const cases = failures.map((failure) => [failure.what, failure.status, failure.code, failure] as const)
  test.each(cases)('%s, the response is %i %s and the logs have the details', async (_what, status, code, failure) => {
    const site = await startSite(failure.site)
    // Only where time is to run out: where the machine stood still for long, it would for the others, too.
    const publisher = await start({
      wordpress: site,
      ...(code === 'wordpress_timeout' && { wordpressTimeoutMs: 1_000 }),
    })
    const answer = await publishAs(publisher, 'acme-admin')
    expect(answer).toMatchObject({ status, json: { status, code, requestId: answer.id } })
    expect(answer.text).not.toContain('127.0.0.1')

    const [line] = await linesOf('wordpress-api.log', answer.id)
    expect(line).toMatchObject({ account: 'acme', method: 'POST', route: '/wp-json/wp/v2/posts', ...failure.line })
    const steps = await linesOf('publish_sync.log', answer.id)
    expect(steps.at(-1)).toMatchObject({ level: 'error', message: 'publishing failed', step: 'create', code })
    for (const told of [line, ...steps]) expect(told).not.toHaveProperty('error')
    const error = { type: 'WordPressError', code, stack: expect.stringContaining('WordPressError') }
    expect(await requestLineOf(answer.id)).toMatchObject({ account: 'acme', status, error })

    expect(await call(publisher, 'GET', '/api/v1/work')).toMatchObject({ status: 200 })
    expect(await publishAs(publisher, 'globex-user')).toMatchObject({ status: 201 })
  })

  test('is down, the response is 502 and the cause is in the logs', async () => {
    const url = await deadAddress()
    const access = { url, user: 'admin', appPassword: 'app-password', webhookSecret: SECRET }
    const answer = await publishAs(await start({ wordpress: access }), 'acme-admin')
    expect(answer).toMatchObject({ status: 502, json: { code: 'wordpress_unreachable' } })
    expect(await linesOf('wordpress-api.log', answer.id)).toMatchObject([
      { level: 'error', host: new URL(url).host, errorCode: 'ECONNREFUSED' },
    ])
    const error = { code: 'wordpress_unreachable', cause: { cause: { code: 'ECONNREFUSED' } } }
    expect(await requestLineOf(answer.id)).toMatchObject({ error })
  })

  test('fails when the post is read back, the log has the id of the created post', async () => {
    const site = await startSite((req, res) => {
      if (req.method === 'POST') res.writeHead(201).end(postJson())
      else req.socket.destroy()
    })
    const answer = await publishAs(await start({ wordpress: site }), 'acme-admin')
    expect(answer).toMatchObject({ status: 502, json: { code: 'wordpress_unreachable' } })
    const steps = await linesOf('publish_sync.log', answer.id)
    expect(steps.at(-1)).toMatchObject({ level: 'error', step: 'read back', postId: 7 })
  })

  test('fails, its password and the authorization header are in no log', async () => {
    const site = await startSite(wordPressError(401, 'rest_cannot_create'))
    const { id } = await publishAs(await start({ wordpress: site }), 'acme-admin')
    const basic = Buffer.from(`${site.user}:${site.appPassword}`).toString('base64')
    await requestLineOf(id)
    for (const file of ['publish_sync.log', 'wordpress-api.log', 'webhooks.log', 'requests.jsonl'] as const) {
      const text = JSON.stringify(await linesOf(file))
      for (const secret of [site.appPassword, basic, site.webhookSecret, 'Bearer acme-admin']) {
        expect(text).not.toContain(secret)
      }
    }
  })
})

describe('a call to WordPress', () => {
  test('has the request id and the credentials, but not the token of the caller', async () => {
    const site = await startSite((_req, res) => res.end(postJson()))
    const answer = await publishAs(await start({ wordpress: site }), 'acme-admin')
    expect(site.received).toHaveLength(2)
    for (const { headers } of site.received) {
      expect(headers['x-request-id']).toBe(answer.id)
      expect(headers.authorization).toBe(`Basic ${Buffer.from(`${site.user}:${site.appPassword}`).toString('base64')}`)
    }
  })

  test('goes below the folder of the site, if it has one', async () => {
    const site = await startSite((_req, res) => res.end(postJson()))
    const answer = await publishAs(await start({ wordpress: { ...site, url: `${site.url}/blog` } }), 'acme-admin')
    expect(site.received[0]?.url).toBe('/blog/wp-json/wp/v2/posts')
    expect(await linesOf('wordpress-api.log', answer.id)).toMatchObject([
      { route: '/blog/wp-json/wp/v2/posts' },
      { route: '/blog/wp-json/wp/v2/posts/:id' },
    ])
  })
})
