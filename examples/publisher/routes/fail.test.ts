import '../testing/log-directory.js'
import { describe, expect, test } from 'vitest'
import { call, requestLineOf, start } from '../testing/publisher.js'

describe('GET /fail', () => {
  test.each([
    ['throw', 500, 'internal_error'],
    ['reject', 500, 'internal_error'],
    ['string', 500, 'internal_error'],
    ['500', 500, 'failed_on_purpose'],
    ['404', 404, 'missing_on_purpose'],
    ['otherwise', 400, 'invalid_failure'],
    ['toString', 400, 'invalid_failure'],
  ])('?how=%s ends in a problem body with the request id: %i %s', async (how, status, code) => {
    const answer = await call(await start(), 'GET', `/api/v1/fail?how=${how}`)
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(answer).toMatchObject({ status, json: { status, code, requestId: answer.id } })
    if (status >= 500) expect(answer.text).not.toContain('on purpose')
    expect(await requestLineOf(answer.id)).toMatchObject({ status, route: '/api/v1/fail', error: expect.anything() })
  })

  test('?how=late cuts the response off, and the log has the error under the id of the headers', async () => {
    const publisher = await start()
    const response = await fetch(`${publisher.url}/api/v1/fail?how=late`)
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow()
    const line = await requestLineOf(response.headers.get('x-request-id') ?? '')
    expect(line).toMatchObject({ aborted: true, error: { message: expect.stringContaining('half of the answer') } })
    expect(await call(publisher, 'GET', '/api/v1/work')).toMatchObject({ status: 200 })
  })
})

test('an unknown route gets a problem body with the request id', async () => {
  const answer = await call(await start(), 'GET', '/api/v1/nothing-here')
  expect(answer).toMatchObject({ status: 404, json: { status: 404, requestId: answer.id } })
})
