import { describe, expect, it } from 'vitest'
import { measuredCurl, quoted } from './curl.js'
import { outcomeOf } from './status-words.js'

describe('how a request ended', () => {
  it('is its status, and what failed is said', () => {
    expect(outcomeOf({ kind: 'request', status: 201 })).toMatchObject({ words: '201', look: 'plain' })
    expect(outcomeOf({ kind: 'request', status: 502 })).toMatchObject({ words: '502', look: 'failed' })
    expect(outcomeOf({ kind: 'request', aborted: true })).toMatchObject({ words: 'aborted', look: 'quiet' })
    expect(outcomeOf({ kind: 'request', error: { code: 'E' } })).toMatchObject({ words: 'failed', look: 'failed' })
    expect(outcomeOf({ kind: 'request' })).toMatchObject({ words: 'no answer' })
  })

  it('says which attempt of a job failed', () => {
    expect(outcomeOf({ kind: 'job' })).toMatchObject({ words: 'done', look: 'plain' })
    expect(outcomeOf({ kind: 'job', error: 'x', attempt: 1, maxAttempts: 3, willRetry: true })).toEqual({
      words: 'failed',
      look: 'failed',
      title: 'attempt 1 of 3, tried again',
    })
  })
})

describe('cURL', () => {
  it('quotes any path for the shell', () => {
    expect(quoted("a'b $(x)")).toBe("'a'\\''b $(x)'")
    expect(measuredCurl('http://127.0.0.1:3000', { method: 'POST', path: "/a'b" }, true)).toBe(
      "curl -i -X 'POST' 'http://127.0.0.1:3000/a'\\''b' -H 'X-Debug-Resource-Tracking: true' -H 'Authorization: Bearer YOUR-TOKEN'",
    )
  })
})
