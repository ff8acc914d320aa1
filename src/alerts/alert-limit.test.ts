import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AlertKind, alertKinds } from './alert.js'
import { AlertLimit } from './alert-limit.js'

const everyMs = 600_000

describe('alerts of one kind and account', () => {
  test('are at most one in ten minutes, whatever comes when, and every other one is counted', () => {
    const step = fc.record({
      afterMs: fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 0, max: everyMs + 1_000 })),
      kind: fc.constantFrom(...alertKinds),
      account: fc.option(fc.constantFrom('acme', 'globex', ''), { nil: undefined }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        let now = 0
        const limit = new AlertLimit(everyMs, () => now)
        const last = new Map<string, number>()
        let heldBack = 0
        for (const { afterMs, kind, account } of steps) {
          now += afterMs
          const key = JSON.stringify([kind, account ?? null])
          const isDue = now - (last.get(key) ?? Number.NEGATIVE_INFINITY) >= everyMs
          expect(limit.passes({ kind, account })).toBe(isDue)
          if (isDue) last.set(key, now)
          else heldBack++
        }
        const { total, byKind } = limit.report()
        expect(total).toBe(heldBack)
        expect(Object.values(byKind).reduce((sum, count) => sum + count, 0)).toBe(heldBack)
        expect(limit.report()).toEqual({ total: 0, byKind: {} })
      }),
    )
  })

  test('are counted within a bounded memory for 300,000 accounts, and pass again when the others are old', () => {
    let now = 0
    const limit = new AlertLimit(everyMs, () => now)
    const raise = (kind: AlertKind, account: string): boolean => limit.passes({ kind, account })
    let passed = 0
    for (let at = 0; at < 300_000; at++) if (raise('errors', `account-${at}`)) passed++
    expect(passed).toBe(100_000)
    expect(limit.size).toBe(100_000)
    expect(raise('budget', 'acme')).toBe(false)
    now = everyMs
    expect(raise('budget', 'acme')).toBe(true)
    expect(limit.size).toBe(1)
  })
})
