// Services are tested with supertest, and run on serverless platforms behind serverless-http.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import serverless from 'serverless-http'
import { createSpoor, type Spoor } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { spoorNode } from 'spoor/node'
import supertest from 'supertest'
import { describe, expect, onTestFinished, test } from 'vitest'
import { logsIn } from './conformance/service.js'

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** Sends one request as the account acme. */
type Send = (listener: RequestListener, path: string, spoor: Spoor) => Promise<Answer>

const senders: Readonly<Record<string, Send>> = {
  'supertest, with the app': async (listener, path) => {
    const { status, headers, body } = await supertest(listener).get(path).set('x-account', 'acme')
    return { status, headers, body }
  },
  'supertest, with an attached server': async (listener, path, spoor) => {
    const server = createServer(listener)
    spoor.attach(server)
    const { status, headers, body } = await supertest(server).get(path).set('x-account', 'acme')
    return { status, headers, body }
  },
  'serverless-http': async (listener, path) => {
    const requestContext = { http: { method: 'GET', path, sourceIp: '203.0.113.7' }, requestId: 'from-the-platform' }
    const event = { version: '2.0', rawPath: path, headers: { 'x-account': 'acme' }, requestContext }
    const answer = await serverless(listener as unknown as express.Express)(event, {})
    const { statusCode, headers, body } = answer as { statusCode: number; headers: Answer['headers']; body: string }
    return { status: statusCode, headers, body: JSON.parse(body) }
  },
}

const account = (request: { headers: Record<string, unknown> }) => ({ account: String(request.headers['x-account']) })

function idsOf(spoor: Spoor): object {
  const { requestId, account } = spoor.context() ?? {}
  return { requestId, account }
}

const apps: Readonly<Record<string, (spoor: Spoor, log: (text: string) => void) => RequestListener>> = {
  'spoor/express': (spoor, log) => {
    const s = spoorExpress(spoor, { account })
    const app = express().use(s)
    app.get('/posts/:id', async (_, response) => {
      await new Promise((resolve) => setImmediate(resolve))
      log('listed')
      response.json(idsOf(spoor))
    })
    app.get('/fail', () => {
      throw new Error('secret')
    })
    return app.use(s.errors) as unknown as RequestListener
  },
  'spoor/node': (spoor, log) =>
    spoorNode(spoor, {
      account,
      handler: async (request, response) => {
        await new Promise((resolve) => setImmediate(resolve))
        if (request.url === '/fail') throw new Error('secret')
        if (request.url === '/nowhere') throw Object.assign(new Error('not here'), { status: 404 })
        log('listed')
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify(idsOf(spoor)))
      },
    }) as RequestListener,
}

function service(app: (typeof apps)[string], send: Send) {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-sent-'))
  const logs = logsIn(directory)
  const spoor = createSpoor({ service: 'sent', logs })
  onTestFinished(async () => {
    await spoor.close()
    await logs.close()
    rmSync(directory, { recursive: true, force: true })
  })
  const listener = app(spoor, (text) => logs.get('app').info(text))
  const lines = (file: string): string[] => readFileSync(join(directory, file), 'utf8').trim().split('\n')
  const requestLine = async () => {
    // The answer may arrive before the server has seen its end.
    await expect.poll(() => spoor.flush().then(() => lines('requests.jsonl')[0])).toBeTruthy()
    return JSON.parse(lines('requests.jsonl')[0] as string)
  }
  return { ask: (path: string) => send(listener, path, spoor), requestLine, lines, flush: () => spoor.flush() }
}

describe.each(Object.entries(senders))('a request through %s', (_, send) => {
  describe.each(Object.entries(apps))('to %s', (_, app) => {
    test('has an id and an account in its handler, on its lines and on its response', async () => {
      const { ask, requestLine, lines } = service(app, send)
      const { status, headers, body } = await ask('/posts/7')
      const requestId = headers['x-request-id']
      expect([status, body]).toEqual([200, { requestId, account: 'acme' }])
      expect(await requestLine()).toMatchObject({ requestId, account: 'acme', path: '/posts/7', status: 200 })
      expect(lines('app.log')[0]).toContain(`"requestId":"${requestId}","account":"acme"`)
    })

    test.each([
      ['/fail', 500, 'internal_error'],
      ['/nowhere', 404, 'not_found'],
    ])('is answered in one shape if it fails: %s', async (path, status, code) => {
      const { ask, requestLine, lines } = service(app, send)
      const answer = await ask(path)
      expect(answer.status).toBe(status)
      expect(answer.body).toMatchObject({ status, code, requestId: answer.headers['x-request-id'] })
      expect(JSON.stringify(answer.body)).not.toContain('secret')
      expect(await requestLine()).toMatchObject({ requestId: answer.headers['x-request-id'], status })
      expect(lines('root.log').filter((line) => line.includes(` GET ${path} failed`))).toHaveLength(1)
    })
  })
})

test.each(Object.entries(apps))(
  'after spoor.flush, the lines of a request through serverless-http to %s are in the files',
  async (_, app) => {
    const { ask, flush, lines } = service(app, senders['serverless-http'] as Send)
    const { headers } = await ask('/posts/7')
    await flush()
    const [line] = lines('requests.jsonl').map((text) => JSON.parse(text))
    // serverless-http sends the id of the platform as X-Request-ID, which is not trusted.
    expect(line).toMatchObject({
      requestId: headers['x-request-id'],
      clientRequestId: 'from-the-platform',
      status: 200,
    })
  },
)
