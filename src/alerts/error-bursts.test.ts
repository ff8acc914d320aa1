import { beforeEach, describe, expect, test } from 'vitest'
import type { Alert } from './alert.js'
import { ErrorBursts } from './error-bursts.js'
import { RecentEnds } from './recent-ends.js'

let now: number
let raised: Alert[]
let ends: RecentEnds
let bursts: ErrorBursts
let count: number

beforeEach(() => {
  now = 0
  raised = []
  count = 0
  ends = new RecentEnds(() => now)
  bursts = new ErrorBursts(
    ends,
    (alert) => raised.push(alert),
    () => now,
  )
})

function end(account: string | undefined, failed: boolean, times = 1, isJob = false): void {
  for (let at = 0; at < times; at++) {
    const one = { account, requestId: `r${++count}`, isJob, failed, durationMs: 5 }
    ends.add(one)
    if (failed) bursts.failed(one)
  }
}

describe('an error burst', () => {
  test('is ten failures of an account within a minute, and names the account and the last request', () => {
    end('acme', false, 30)
    end('acme', true, 9)
    expect(raised).toEqual([])
    end('acme', true)
    expect(raised).toEqual([
      {
        kind: 'errors',
        account: 'acme',
        requestId: 'r40',
        sentence: '10 of 40 requests of acme failed in the last minute (25 %)',
        figures: { failed: 10, ended: 40, spanMs: 60_000 },
      },
    ])
  })

  test('is at least a tenth of the requests', () => {
    end('acme', false, 200)
    end('acme', true, 20)
    expect(raised).toEqual([])
    end('acme', true, 10)
    expect(raised[0]?.sentence).toBe('23 of 223 requests of acme failed in the last minute (10 %)')
  })

  test('is over when its minute is over', () => {
    end('acme', true, 9)
    now = 60_000
    end('acme', true, 9)
    expect(raised).toEqual([])
    end('acme', true)
    expect(raised).toHaveLength(1)
  })

  test('of an account among many requests of others names the account', () => {
    end('globex', false, 10_000)
    end('acme', true, 10)
    expect(raised.map(({ account }) => account)).toEqual(['acme'])
  })

  test('of many accounts at once is one about the service', () => {
    for (let at = 0; at < 30; at++) end(`account-${at % 6}`, true)
    expect(raised[0]).toMatchObject({ kind: 'errors', requestId: 'r10' })
    expect(new Set(raised.map(({ account }) => account))).toEqual(new Set([undefined]))
    expect(raised[0]?.sentence).toBe('10 of 10 requests failed in the last minute (100 %)')
  })

  test('of many accounts, the first of which had half of the failures, is one about the service', () => {
    end('acme', true, 5)
    for (let at = 0; at < 40; at++) end(`account-${at % 10}`, true)
    expect(raised.length).toBeGreaterThan(0)
    expect(new Set(raised.map(({ account }) => account))).toEqual(new Set([undefined]))
  })

  test('of one account that fails most is not also one about the service', () => {
    for (let at = 0; at < 60; at++) end(at % 3 === 0 ? `account-${at}` : 'acme', true)
    expect(new Set(raised.map(({ account }) => account))).toEqual(new Set(['acme']))
  })

  test('of requests without an account is about the service, and jobs are called jobs', () => {
    end(undefined, true, 10)
    expect(raised[0]).not.toHaveProperty('account', expect.anything())
    end('acme', true, 30, true)
    expect(raised.at(-1)?.sentence).toBe('30 of 30 jobs of acme failed in the last minute (100 %)')
  })

  test('is found in a bounded memory with 100,000 accounts, also if the clock stands still', () => {
    for (let at = 0; at < 100_000; at++) end(`account-${at}`, at % 2 === 0)
    expect(ends.of(undefined)).toMatchObject({ ended: 100_000, failed: 50_000 })
    expect(ends.of('account-99999').ended).toBe(0)
    expect(raised[0]?.account).toBeUndefined()
  })
})

test('the account in a sentence is on one line and bounded', () => {
  end(`${'\n\u001b[31m'}${'x'.repeat(500)}`, true, 10)
  const { sentence = '' } = raised[0] ?? {}
  expect(sentence).toMatch(/^10 of 10 requests of \\n\\u001b\[31mx+… failed in the last minute \(100 %\)$/)
  expect(sentence.length).toBeLessThan(200)
})
