import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { answerOf } from './answer.js'
import { failureOf, goneFailure, mappedOf, notFound } from './failure.js'

const errorWith = (members: object, message = 'said by the error'): Error => Object.assign(new Error(message), members)
const asIs = (text: string): string => text
const bodyOf = (failure: ReturnType<typeof failureOf>): Record<string, unknown> =>
  JSON.parse(answerOf(failure, 'id-1', 'problem', asIs).body)

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('a failure', () => {
  it('follows http-errors: status or statusCode; message and headers if expose is true', () => {
    expect(failureOf(errorWith({ status: 404 }))).toMatchObject({ status: 404, code: 'not_found', detail: undefined })
    expect(failureOf(errorWith({ status: 404, expose: true })).detail).toBe('said by the error')
    expect(failureOf(errorWith({ statusCode: 409 }))).toMatchObject({ status: 409, code: 'conflict' })
    for (const expose of [false, 'true', 1, {}]) {
      expect(failureOf(errorWith({ status: 400, expose })).detail).toBeUndefined()
    }
    expect(failureOf(errorWith({ status: 503, expose: true })).detail).toBe('said by the error')
    const headers = { 'retry-after': 7 }
    expect(failureOf(errorWith({ status: 429, expose: true, headers })).headers).toEqual({ 'retry-after': '7' })
    expect(failureOf(errorWith({ status: 429, expose: false, headers }))).toMatchObject({ status: 429, headers: {} })
  })

  it("accepts members of the error's class, and nothing from Object.prototype", () => {
    class TooMany extends Error {
      get status(): number {
        return 429
      }
      get expose(): boolean {
        return true
      }
    }
    expect(failureOf(new TooMany('later'))).toMatchObject({ status: 429, detail: 'later' })
    const root = Object.prototype as unknown as Record<string, unknown>
    const polluted = { status: 404, expose: true, code: 'polluted', headers: { allow: 'x' }, detail: 'polluted' }
    try {
      Object.assign(root, polluted)
      const failure = { status: 500, code: 'internal_error', detail: undefined, headers: {} }
      expect(failureOf(new Error('x'))).toMatchObject(failure)
      expect(failureOf({})).toMatchObject(failure)
      expect(failureOf(new Error('x'), mappedOf({}))).toMatchObject(failure)
    } finally {
      for (const name of Object.keys(polluted)) delete root[name]
    }
  })

  it('is a 500 for anything else that is thrown', () => {
    for (const thrown of [new Error('x'), 'a string', 7, {}, errorWith({ status: 200 }), errorWith({ status: 999 })]) {
      expect(failureOf(thrown)).toMatchObject({ status: 500, code: 'internal_error', detail: undefined, error: thrown })
    }
  })

  it('names a thrown undefined or null, and is the same object each time', () => {
    expect(failureOf(undefined).error).toEqual({ type: 'undefined', message: 'undefined was thrown' })
    expect(failureOf(null).error).toEqual({ type: 'null', message: 'null was thrown' })
    expect(failureOf(undefined).error).toBe(failureOf(undefined).error)
  })

  it('has the status that was given for an error without one', () => {
    expect(failureOf(new Error('taken'), undefined, 409)).toMatchObject({ status: 409, code: 'conflict' })
    expect(failureOf(errorWith({ status: 404 }), undefined, 409).status).toBe(404)
    expect(failureOf(new Error('taken'), { status: 422 }, 409).status).toBe(422)
    expect(failureOf(new Error('taken'), undefined, 200).status).toBe(500)
  })

  it("has the code of body-parser's or Fastify's refusal", () => {
    expect(failureOf(errorWith({ status: 413, type: 'entity.too.large' })).code).toBe('body_too_large')
    expect(failureOf(errorWith({ status: 400, type: 'entity.parse.failed' })).code).toBe('malformed_body')
    expect(failureOf(errorWith({ statusCode: 413, code: 'FST_ERR_CTP_BODY_TOO_LARGE' })).code).toBe('body_too_large')
  })

  it("keeps the service's own code, and shows no code of Node's or a library's", () => {
    expect(failureOf(errorWith({ status: 422, code: 'title_missing' })).code).toBe('title_missing')
    expect(failureOf(errorWith({ code: 'ECONNREFUSED' })).code).toBe('internal_error')
    expect(failureOf(errorWith({ code: 'slack_webapi_platform_error' })).code).toBe('internal_error')
    expect(failureOf(errorWith({ status: 400, code: 'ERR_INVALID_URL' })).code).toBe('bad_request')
  })

  it('follows the mapping of the service, as far as it is valid', () => {
    const mapped = { status: 502, code: 'wordpress_unreachable' }
    expect(failureOf(new Error('fetch failed'), mapped)).toMatchObject(mapped)
    const nonsense = { status: 7, code: 'a b\n', detail: {} } as never
    expect(failureOf(errorWith({ status: 404 }), nonsense)).toMatchObject({
      status: 404,
      code: 'not_found',
      detail: undefined,
    })
  })

  it('keeps only headers that tell the client how to continue, and none of another response', () => {
    const theirs = {
      'content-length': '143',
      'transfer-encoding': 'chunked',
      'set-cookie': 'a=1',
      etag: '"x"',
      server: 'y',
    }
    const headers = { ...theirs, 'Retry-After': 7, 'x-ratelimit-remaining': 0, allow: 'GET', 'accept-patch': 'a/b' }
    const kept = { 'Retry-After': '7', 'x-ratelimit-remaining': '0', allow: 'GET', 'accept-patch': 'a/b' }
    expect(failureOf(errorWith({ status: 400, expose: true, headers })).headers).toEqual(kept)
    const given = new Headers({ 'retry-after': '7', 'content-encoding': 'gzip' })
    expect(failureOf(errorWith({ status: 503, expose: true, headers: given })).headers).toEqual({ 'retry-after': '7' })
  })

  it('drops headers that HTTP cannot carry', () => {
    const headers = { allow: 'a\r\nset-cookie: b=c', 'retry-after': '\u0000' }
    expect(failureOf(errorWith({ status: 400, expose: true, headers })).headers).toEqual({})
  })

  it('exists for any thrown value, including throwing getters and proxies', () => {
    const hostile = Object.defineProperty({}, 'status', {
      get() {
        throw new Error('no')
      },
    })
    expect(failureOf(hostile).status).toBe(500)
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        const { status, code, headers } = failureOf(thrown)
        expect(status >= 400 && status <= 599).toBe(true)
        expect(code).toMatch(/^[a-z][a-z0-9_.-]*$/)
        expect(typeof headers).toBe('object')
      }),
    )
  })
})

describe('the failure of a client that disconnects', () => {
  it('differs from a failure of the service that happens meanwhile', () => {
    const aborted = [
      errorWith({ type: 'request.aborted', status: 400 }),
      errorWith({ code: 'ECONNRESET' }),
      errorWith({ code: 'ERR_STREAM_PREMATURE_CLOSE' }),
      new DOMException('This operation was aborted', 'AbortError'),
    ]
    for (const error of aborted)
      expect(goneFailure(error)).toMatchObject({ status: 499, code: 'request_aborted', error })
    for (const error of [new Error('the database is down'), 'aborted', undefined])
      expect(goneFailure(error)).toBeUndefined()
  })
})

describe('an error response', () => {
  it('is application/problem+json (RFC 9457) with code and request id', () => {
    const answer = answerOf(failureOf(errorWith({ status: 404, expose: true }, 'no post 7')), 'id-1', 'problem', asIs)
    expect(answer.status).toBe(404)
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(answer.body).toBe(
      '{"type":"about:blank","title":"Not Found","status":404,"detail":"no post 7","code":"not_found","requestId":"id-1"}',
    )
  })

  it('is an envelope by option', () => {
    const answer = answerOf(notFound('GET', '/nope'), 'id-1', 'envelope', asIs)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(JSON.parse(answer.body)).toEqual({
      error: { type: 'about:blank', title: 'Not Found', status: 404, code: 'not_found', requestId: 'id-1' },
    })
  })

  it('hides the message of a 5xx, except in development', () => {
    const failure = failureOf(new Error('password of the database is hunter2'))
    for (const environment of ['production', 'test', '']) {
      vi.stubEnv('NODE_ENV', environment)
      expect(bodyOf(failure)).not.toHaveProperty('detail')
    }
    vi.stubEnv('NODE_ENV', 'development')
    expect(bodyOf(failure)).toHaveProperty('detail', 'password of the database is hunter2')
  })

  it('hides the detail of a mapping for a 5xx, too', () => {
    vi.stubEnv('NODE_ENV', 'production')
    expect(bodyOf(failureOf(new Error('x'), { status: 502, detail: 'inner host 10.0.0.7' }))).not.toHaveProperty(
      'detail',
    )
    expect(bodyOf(failureOf(new Error('x'), { status: 422, detail: 'title is missing' }))).toHaveProperty(
      'detail',
      'title is missing',
    )
  })

  it('is never cached', () => {
    expect(answerOf(failureOf(new Error('x')), 'id-1', 'problem', asIs).headers).toMatchObject({
      'cache-control': 'no-store',
    })
  })
})
