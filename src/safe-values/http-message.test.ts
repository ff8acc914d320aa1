import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requestSummary, responseSummary } from './http-message.js'
import { redaction } from './redaction.js'
import { safeValue } from './safe-value.js'

const secret = 'canary-secret'
const seen: { req: IncomingMessage; res: ServerResponse; call: unknown; answer: IncomingMessage }[] = []
const server = createServer((req, res) => {
  res.setHeader('set-cookie', `sid=${secret}`)
  res.setHeader('content-type', 'text/plain')
  seen.push({ req, res } as (typeof seen)[number])
  res.end('x')
})

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const headers = { authorization: `Bearer ${secret}`, cookie: `a=${secret}`, 'x-unknown': secret, accept: '*/*' }
  const { port } = server.address() as AddressInfo
  const call = request({ port, path: `/posts?key=${secret}`, headers, auth: `eve:${secret}` })
  const answer = await new Promise<IncomingMessage>((resolve) => call.once('response', resolve).end())
  await new Promise((resolve) => answer.resume().once('end', resolve))
  Object.assign(seen[0] as object, { call, answer })
})
afterAll(() => server.close())

describe('a request and a response of Node', () => {
  test('are summarized, with only those headers that hold no secret', () => {
    const { req, res, call, answer } = seen[0] as (typeof seen)[number]
    const copy = safeValue({ req, res, call, answer, socket: req.socket }, redaction())
    expect(copy).toEqual({
      req: {
        method: 'GET',
        path: '/posts',
        remoteAddress: '127.0.0.1',
        headers: { host: expect.any(String), accept: '*/*' },
      },
      res: { status: 200, headers: { 'content-type': 'text/plain' } },
      call: {
        method: 'GET',
        path: '/posts',
        remoteAddress: expect.any(String),
        headers: { host: expect.any(String), accept: '*/*' },
      },
      answer: { status: 200, headers: { 'content-type': 'text/plain', 'content-length': '1' } },
      socket: '[Socket]',
    })
    expect(JSON.stringify(copy)).not.toContain(secret)
  })

  test('are found in any member of an error', () => {
    const { req, res } = seen[0] as (typeof seen)[number]
    const error = Object.assign(new Error('x'), { request: req, response: { res } })
    expect(JSON.stringify(safeValue(error, redaction()))).not.toContain(secret)
  })
})

describe('the summaries', () => {
  test('accept the wrappers of frameworks', () => {
    const headers = { host: 'h', cookie: secret }
    expect(requestSummary({ method: 'GET', url: '/a?b=c', headers })).toMatchObject({
      path: '/a',
      headers: { host: 'h' },
    })
    expect(responseSummary({ statusCode: 204, getHeaders: () => headers })).toEqual({
      status: 204,
      headers: { host: 'h' },
    })
  })

  test.each(['text', 7, null, { a: 1 }])('leave %j as it is', (value) => {
    expect(requestSummary(value)).toBe(value)
    expect(responseSummary(value)).toBe(value)
  })
})
