import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plain } from '../../format/numbers.js'
import type { RequestDetail } from '../../protocol.js'
import { answerOf, notesOf, roundedParts } from './answer.js'
import { anyInput, recordWith } from './layout/records.testing.js'

const waits = (more: Partial<NonNullable<RequestDetail['waits']>>): NonNullable<RequestDetail['waits']> => ({
  heldUpMs: 0,
  outgoingMs: 0,
  queriesMs: 0,
  poolMs: 0,
  stepsMs: 0,
  otherMs: 0,
  unmeasuredMs: 0,
  ...more,
})

const said = (record: RequestDetail): string =>
  answerOf(record)
    .map(({ shown, words }) => `${plain(shown)} ${words}`)
    .join(', ')

describe('the sentence', () => {
  const publish = recordWith({
    durationMs: 812,
    cpu: { ms: 20, slices: 41, clock: 'thread', fromMs: 0 },
    waits: waits({ heldUpMs: 240, outgoingMs: 316, queriesMs: 196.4, otherMs: 39.6 }),
    io: { outgoing: { calls: 2, byHost: { 'blog.acme.example': { calls: 2, ms: 316 } } } },
    heldUp: [
      {
        startMs: 180,
        durationMs: 240,
        by: { kind: 'request', id: 'r9', method: 'POST', route: '/api/v1/export', account: 'globex' },
      },
    ],
    queries: {
      calls: 36,
      ms: 196.4,
      busyMs: 196.4,
      slowestMs: 23,
      bySystem: {},
      repeated: [{ system: 'postgresql', summary: 'SELECT posts', calls: 31, ms: 121 }],
    },
  })

  test('says where the time went, the largest first, other waits last', () => {
    expect(said(publish)).toBe(
      '316 ms waiting for blog.acme.example, 240 ms held up by POST /api/v1/export of globex, ' +
        '196 ms in 36 queries (31 equal), 20 ms own CPU, 40 ms other waits',
    )
  })

  test('leads to the story of the work that held the request up', () => {
    expect(answerOf(publish).find(({ kind }) => kind === 'held')?.story).toBe('r9')
  })

  test('names no other account to a reader of one', () => {
    const heldUp = [{ startMs: 180, durationMs: 240, by: { kind: 'other account' as const } }]
    const [held] = answerOf({ ...publish, heldUp }).filter(({ kind }) => kind === 'held')
    expect(held).toMatchObject({ words: 'held up by another account', story: undefined })
  })

  test('counts what took less than 1 % as other waits, but always tells own CPU', () => {
    const record = recordWith({
      cpu: { ms: 0.4, slices: 1, clock: 'thread', fromMs: 0 },
      waits: waits({ outgoingMs: 98.8, stepsMs: 0.5, otherMs: 0.3 }),
    })
    expect(said(record)).toBe('99 ms waiting for calls, 0.40 ms own CPU, 1 ms other waits')
  })

  test('of a request that was not measured has one part for all that is not known', () => {
    const record = recordWith({
      measured: false,
      cpu: undefined,
      waits: { outgoingMs: 30, queriesMs: 20, stepsMs: 0, otherMs: 0, unmeasuredMs: 50 },
    })
    expect(said(record)).toBe('50 ms not measured, 30 ms waiting for calls, 20 ms in 0 queries')
  })

  test('has parts that add up to the duration, whatever the record says', () => {
    fc.assert(
      fc.property(anyInput, ({ record }) => {
        const sum = answerOf(record).reduce((all, { ms }) => all + ms, 0)
        const total = Math.max(0, record.durationMs)
        if (Number.isFinite(total)) expect(Math.abs(sum - total)).toBeLessThanOrEqual(total * 1e-9 + 1e-9)
      }),
    )
  })

  test('shows figures that add up to the figure of the total', () => {
    const part = fc.double({ min: 0.2, max: 300, noNaN: true })
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
        const total = parts.reduce((sum, ms) => sum + ms, 0)
        if (total < 9.95 || total >= 999.5) return
        const shown = roundedParts(
          parts.map((ms) => ({ ms })),
          total,
        )
        // Parts that are shown below the last digit of the total count as nothing.
        const sum = shown.reduce((all, { digits }) => all + (digits.includes('.') ? 0 : Number(digits)), 0)
        expect(sum).toBe(Math.round(total))
      }),
    )
  })
})

describe('the notes', () => {
  test('tell what is beside the time of the request', () => {
    const record = recordWith({
      beforeStartMs: 44,
      attempt: 2,
      maxAttempts: 5,
      queuedMs: 59,
      late: { cpuMs: 9, untilMs: 120 },
    })
    expect(notesOf(record)).toEqual([
      'Attempt 2 of 5.',
      'Waited 59 ms in its queue before.',
      'Held up for at most 44 ms before its start.',
      'Then 9.0 ms CPU late.',
    ])
    expect(notesOf(recordWith())).toEqual([])
  })
})
