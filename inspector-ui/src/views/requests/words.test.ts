import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { measuredCurl, quoted } from './curl.js'
import { emphasized } from './emphasis.js'
import { outcomeOf } from './status-words.js'

describe('the sentence', () => {
  it('has bold figures, and the swatch of what it blames', () => {
    const runs = emphasized('38 requests a second, 3 in flight, 95 % within 412 ms. 1 in 9 was held up by another.')
    expect(runs.filter(({ isStrong }) => isStrong)).toEqual([
      { text: '38 requests a second', isStrong: true },
      { text: '412 ms', isStrong: true },
      { text: '1 in 9', isStrong: true, swatch: 'held' },
    ])
  })

  it('says with a swatch what failed, what was held up, and that nothing was measured', () => {
    const bold = (text: string) =>
      emphasized(text).flatMap(({ text, isStrong, swatch }) => (isStrong && swatch ? [[text, swatch]] : []))
    expect(
      bold(
        '1 request a minute, 0 in flight, 95 % within 2.41 s. 1 in 30 failed. Of 10 measured, all were held up by another.',
      ),
    ).toEqual([
      ['1 in 30', 'failed'],
      ['all', 'held'],
    ])
    expect(bold('100 requests a second, 0 in flight, 95 % within 95 ms. None was measured.')).toEqual([
      ['None was measured', 'unk'],
    ])
  })

  it('keeps every character of any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(
          emphasized(text)
            .map((run) => run.text)
            .join(''),
        ).toBe(text)
      }),
    )
  })
})

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
