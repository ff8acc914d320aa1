// Lambdas and tests answer requests without a connection: serverless-http and light-my-request only imitate one.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import express from 'express'
import Fastify from 'fastify'
import { inject } from 'light-my-request'
import serverless from 'serverless-http'
import { createSpoor, defineLogs, type Spoor } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { fastifyOptions, spoorFastify } from 'spoor/fastify'
import { spoorNode } from 'spoor/node'
import { describe, expect, test } from 'vitest'
import { internalsOf } from '../src/lifecycle/adapter.js'

interface Answer {
  readonly status: number
  readonly id: unknown
  readonly body: string
}
type Send = (app: RequestListener, path: string) => Promise<Answer>

const senders: Record<string, Send> = {
  'serverless-http': async (app, path) => {
    const event = { version: '2.0', rawPath: path, body: 'hello', requestContext: { http: { method: 'POST', path } } }
    const handler = serverless(app as unknown as express.Express)
    const { statusCode, headers, body } = (await handler({ ...event, headers: {} }, {})) as {
      statusCode: number
      headers: Record<string, string>
      body: string
    }
    return { status: statusCode, id: headers['x-request-id'], body }
  },
  // Last: it changes the prototypes of Express, and serverless-http then hangs, without Spoor too.
  'light-my-request': async (app, path) => {
    const { statusCode, headers, body } = await inject(app, { method: 'POST', url: path, payload: 'hello' })
    return { status: statusCode, id: headers['x-request-id'], body }
  },
}

const apps: Record<string, (spoor: Spoor) => RequestListener> = {
  'spoor/express': (spoor) => {
    const s = spoorExpress(spoor)
    const app = express()
      .use(s)
      .use(express.text({ type: () => true }))
    app.post('/end', (request, response) => void response.send(`${request.body}`))
    app.post('/head', (_, response) => {
      response.writeHead(201, { 'X-Own': 'a' })
      response.end('made')
    })
    app.post('/write', (_, response) => {
      response.write('made ')
      response.end('in parts')
    })
    return app.use(s.errors) as unknown as RequestListener
  },
  'spoor/fastify': (spoor) => {
    const app = Fastify(fastifyOptions(spoor))
    void app.register(spoorFastify, { spoor })
    app.addContentTypeParser('*', { parseAs: 'string' }, (_, body, done) => done(null, body))
    app.post('/end', async ({ body }) => body)
    app.post('/head', async (_, reply) => reply.code(201).header('X-Own', 'a').send('made'))
    app.post('/write', (_, reply) => reply.code(200).send(Readable.from(['made ', 'in parts'])))
    return (request, response) => void app.ready().then(() => app.routing(request, response))
  },
  'spoor/node': (spoor) =>
    spoorNode(spoor, {
      handler: async (request, response) => {
        let body = ''
        for await (const chunk of request) body += String(chunk)
        if (request.url === '/head') {
          response.writeHead(201, { 'X-Own': 'a' })
          response.end('made')
        } else if (request.url === '/write') {
          response.write('made ')
          response.end('in parts')
        } else if (request.url === '/end') response.end(body)
        else throw Object.assign(new Error('nothing here'), { status: 404 })
      },
    }) as RequestListener,
}

/** What is answered, and the line in the logger `requests`. */
async function followed(
  app: (spoor: Spoor) => RequestListener,
  send: Send,
  path: string,
): Promise<{ answer: Answer; line: Record<string, unknown>; guarded: number }> {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-imitated-'))
  const quiet = { console: false } as const
  const logs = defineLogs({ directory, root: quiet, loggers: { requests: quiet } })
  const spoor = createSpoor({ service: 'imitated', logs })
  const answer = await send(app(spoor), path)
  await spoor.close()
  await logs.close()
  const text = readFileSync(join(directory, 'requests.jsonl'), 'utf8')
  rmSync(directory, { recursive: true })
  return {
    answer,
    line: JSON.parse(text) as Record<string, unknown>,
    guarded: internalsOf(spoor)?.lifecycle.trouble.guarded ?? -1,
  }
}

describe.each(Object.entries(senders))('a request through %s', (_, send) => {
  describe.each(Object.entries(apps))('to %s', (_, app) => {
    test.each([
      ['/end', 200, 'hello'],
      ['/head', 201, 'made'],
      ['/write', 200, 'made in parts'],
      ['/nowhere', 404, expect.stringContaining('not_found')],
    ])('has its id, its answer and its line: %s', async (path, status, body) => {
      const { answer, line, guarded } = await followed(app, send, path)
      expect(answer).toEqual({ status, id: line['requestId'], body })
      expect(line).toMatchObject({ kind: 'request', method: 'POST', path, status })
      expect(line).not.toHaveProperty('aborted')
      expect(guarded).toBe(0)
    })

    test('has no bytes, or true ones, on its line', async () => {
      const { line } = await followed(app, send, '/end')
      const client = (line['io'] as { client?: Record<string, unknown> } | undefined)?.client
      for (const bytes of Object.values(client ?? {})) expect(bytes).toSatisfy(Number.isSafeInteger)
    })
  })
})
