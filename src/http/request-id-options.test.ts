import { describe, expect, test } from 'vitest'
import { requestIdOptions } from './request-id-options.js'

function problemsOf(requestId: object): string[] {
  const problems: string[] = []
  requestIdOptions(requestId, 'requestId', problems)
  return problems
}

describe('requestId.header', () => {
  test.each(['X-Correlation-ID', 'x-trace', 'Request-Id', 'X-Amzn-Trace-Id'])('accepts %s', (header) => {
    expect(problemsOf({ header })).toEqual([])
  })

  test.each([
    '',
    'X Id',
    'X-Id\r\nX-Evil: 1',
    'Content-Length',
    'set-cookie',
    'Host',
    'traceparent',
    'X-Forwarded-For',
    'X-Resource-Tracking-ID',
    'Access-Control-Allow-Origin',
    'é',
    7,
  ])(
    // biome-ignore format: a list of names
    'refuses %j, which cannot be or is another header',
    (header) => {
      expect(problemsOf({ header })).toEqual([
        expect.stringMatching(/^requestId\.header: expected the name of a header that has no other use, .*, got /),
      ])
    },
  )

  test('refuses a generate that is not a function', () => {
    expect(problemsOf({ generate: 'uuid' })).toEqual([expect.stringMatching(/^requestId\.generate: expected .* got/)])
  })
})
