import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import createError from 'http-errors'
import { createSpoor, defineLogs, type SpoorOptions } from 'spoor'
import { spoorNode } from 'spoor/node'
import { Agent, interceptors, request as undiciRequest } from 'undici'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'

const message = '[GET] "http://billing.internal/report?api_key=K": 403 Forbidden'
const headers = { 'www-authenticate': 'Internal realm="billing"', 'retry-after': '99', allow: 'INTERNAL' }
const upstream = { status: 403, statusCode: 403, headers, data: 'internal', config: {}, request: {} }

class WithGetters extends Error {
  get statusCode(): number {
    return 403
  }
  get headers(): object {
    return headers
  }
}

const errorWith = (members: object, cause?: unknown): Error => Object.assign(new Error(message, { cause }), members)
const hidden = (name: string, value: unknown): Error =>
  Object.defineProperty(errorWith({ status: 403 }), name, { get: () => value })

/** What HTTP clients throw about another service's answer. */
const thrown: Record<string, unknown> = {
  axios: errorWith({ status: 403, code: 'ERR_BAD_REQUEST', config: {}, request: {}, response: upstream }),
  'axios without an answer': errorWith({ code: 'ECONNREFUSED', config: {}, request: {} }),
  'an error of axios that was copied': { ...upstream, message, name: 'AxiosError', code: 'resource_missing' },
  got: Object.defineProperties(errorWith({ code: 'ERR_NON_2XX_3XX_RESPONSE' }), {
    response: { value: upstream },
    request: { get: () => ({}) },
  }),
  ky: errorWith({ response: new Response('internal', { status: 403, headers }), request: {}, options: {} }),
  'ofetch and $fetch': hidden('response', upstream),
  'ofetch without an answer': hidden('request', 'http://billing.internal/report'),
  superagent: errorWith({ status: 403, response: upstream }),
  octokit: errorWith({ status: 403, request: {}, response: upstream }),
  gaxios: errorWith({ status: 403, code: 403, config: {}, response: upstream }),
  stripe: errorWith({ statusCode: 403, code: 'resource_missing', raw: { message }, headers }),
  'the AWS SDK': errorWith({ status: 403, $metadata: { httpStatusCode: 403 }, $response: upstream }),
  'a client of an API with the headers of its answer': errorWith({ status: 403, code: 'denied', headers }),
  'a client whose errors have getters': new WithGetters(message),
  "fetch's response, thrown": new Response('internal', { status: 403, headers }),
  'a response of axios, thrown': upstream,
  'a response of undici, thrown': { statusCode: 403, headers, body: {} },
}

describe('the failure of a call to another service', () => {
  beforeAll(async () => {
    const server = createServer((_, response) => response.writeHead(403, headers).end('internal'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const dispatcher = new Agent().compose(interceptors.responseError())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/report?api_key=K`
    thrown['undici'] = await undiciRequest(url, { dispatcher }).catch((error: unknown) => error)
    await dispatcher.close()
    server.close()
  })

  test.each([...Object.keys(thrown), 'undici'])('is a 502 without details: %s', async (name) => {
    const { answer, line } = await failing(() => {
      throw thrown[name]
    })
    expect(answer.status).toBe(502)
    expect(await answer.json()).toEqual({
      type: 'about:blank',
      title: 'Bad Gateway',
      status: 502,
      code: 'bad_gateway',
      requestId: answer.headers.get('x-request-id'),
    })
    for (const header of Object.keys(headers)) expect(answer.headers.get(header)).toBeNull()
    expect(line).toContain('[ERROR]')
  })

  test('is answered with the result of errors.map, with secrets redacted', async () => {
    const map = (error: unknown) => ({ status: 422, code: 'no_report', detail: (error as Error).message })
    const { answer } = await failing(
      () => {
        throw thrown['axios']
      },
      { errors: { map } },
    )
    const body = (await answer.json()) as { code: string; detail: string }
    expect([answer.status, body.code]).toEqual([422, 'no_report'])
    expect(body.detail).toContain('billing.internal')
    expect(body.detail).not.toContain('api_key=K')
  })

  test('stays hidden as the cause of another error', async () => {
    const { answer } = await failing(() => {
      throw createError(409, 'no report today', { cause: thrown['axios'] })
    })
    const text = await answer.text()
    expect(answer.status).toBe(409)
    expect(text).toContain('no report today')
    expect(text).not.toContain('billing')
  })
})

describe('an error with a status', () => {
  test('hides its message and headers unless expose is true', async () => {
    const { answer, line } = await failing(() => {
      throw errorWith({ status: 403, code: 'not_yours' })
    })
    expect(answer.status).toBe(403)
    expect(await answer.json()).not.toHaveProperty('detail')
    expect(line).toContain('[INFO]')
  })

  test('is shown if http-errors made it', async () => {
    const { answer } = await failing(() => {
      throw createError(429, 'wait; password=hunter2', { headers: { 'retry-after': '7' } })
    })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7'])
    const { detail } = (await answer.json()) as { detail: string }
    expect(detail).toContain('wait')
    expect(detail).not.toContain('hunter2')
  })
})

/** Asks a service whose one handler is `handler`. @returns its answer, and the line of the root logger about it */
async function failing(
  handler: () => unknown,
  options: Partial<SpoorOptions<never>> = {},
): Promise<{ answer: Response; line: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-upstream-'))
  const logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { requests: { console: false } },
  })
  const spoor = createSpoor({ service: 'test', logs, ...options })
  const server = createServer(spoorNode(spoor, { handler }))
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await spoor.close()
    await logs.close()
    rmSync(directory, { recursive: true })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const line = await vi.waitFor(async () => {
    await logs.flush()
    const text = readFileSync(join(directory, 'root.log'), 'utf8')
    expect(text).toContain(' failed: ')
    return text
  })
  return { answer, line }
}
