import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { made } from '../../test/records/made.js'
import type { StoredRecord } from '../records/record.js'
import { withMeasured } from './shown-request.js'
import { toldNotes, toldParts } from './told-parts.js'

const waits = (more: Partial<NonNullable<StoredRecord['waits']>>): NonNullable<StoredRecord['waits']> => ({
  heldUpMs: 0,
  outgoingMs: 0,
  queriesMs: 0,
  poolMs: 0,
  stepsMs: 0,
  otherMs: 0,
  unmeasuredMs: 0,
  ...more,
})

const partsOf = (own: Partial<StoredRecord>) => toldParts(withMeasured(made(1, own), () => undefined))
const said = (own: Partial<StoredRecord>): string =>
  partsOf(own)
    .map(({ ms, words }) => `${Math.round(ms * 10) / 10} ${words}`)
    .join(', ')

const publish: Partial<StoredRecord> = {
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
}

describe('the parts', () => {
  test('say where the time went, the largest first, other waits last', () => {
    expect(said(publish)).toBe(
      '316 waiting for blog.acme.example, 240 held up by POST /api/v1/export of globex, ' +
        '196.4 in 36 queries (31 equal), 20 own CPU, 39.6 other waits',
    )
  })

  test('lead to the story of the work that held the request up', () => {
    expect(partsOf(publish).find(({ kind }) => kind === 'held')?.story).toBe('r9')
  })

  test('name no other account to a reader of one', () => {
    const heldUp: StoredRecord['heldUp'] = [{ startMs: 180, durationMs: 240, by: { kind: 'other account' } }]
    const held = partsOf({ ...publish, heldUp }).find(({ kind }) => kind === 'held')
    expect(held).toMatchObject({ words: 'held up by another account', story: undefined })
  })

  test('count what took less than 1 % as other waits, but always tell own CPU', () => {
    const own: Partial<StoredRecord> = {
      durationMs: 100,
      cpu: { ms: 0.4, slices: 1, clock: 'thread', fromMs: 0 },
      waits: waits({ outgoingMs: 98.8, stepsMs: 0.5, otherMs: 0.3 }),
      io: {},
      outgoing: [],
    }
    expect(said(own)).toBe('98.8 waiting for calls, 0.4 own CPU, 0.8 other waits')
  })

  test('of a request that was not measured have one part for all that is not known', () => {
    const own: Partial<StoredRecord> = {
      durationMs: 100,
      cpu: undefined,
      waits: { outgoingMs: 30, queriesMs: 20, stepsMs: 0, otherMs: 0, unmeasuredMs: 50 },
      io: {},
      outgoing: [],
      queries: undefined,
    }
    expect(said(own)).toBe('50 not measured, 30 waiting for calls, 20 in 0 queries')
  })

  test('add up to the duration for any record', () => {
    const figure = fc.oneof(
      { weight: 6, arbitrary: fc.double({ min: -50, max: 500, noNaN: true }) },
      { weight: 1, arbitrary: fc.constantFrom(-0, Number.NaN, Infinity, -Infinity, 1e300, -1e300, 1e-9) },
    )
    const names = ['heldUpMs', 'outgoingMs', 'queriesMs', 'poolMs', 'stepsMs', 'otherMs', 'unmeasuredMs'] as const
    const all = fc.record(Object.fromEntries(names.map((name) => [name, figure])))
    const cpu = fc.option(figure, { nil: undefined })
    fc.assert(
      fc.property(figure, cpu, all, (durationMs, ms, figures) => {
        const parts = partsOf({
          durationMs,
          cpu: ms === undefined ? undefined : { ms, slices: 1, clock: 'thread', fromMs: 0 },
          waits: waits(figures),
        })
        const sum = parts.reduce((all, { ms }) => all + ms, 0)
        const total = Math.max(0, durationMs)
        if (Number.isFinite(total)) expect(Math.abs(sum - total)).toBeLessThanOrEqual(total * 1e-9 + 1e-9)
      }),
    )
  })
})

test('notes tell what is beside the time of the request', () => {
  const own: Partial<StoredRecord> = {
    beforeStartMs: 44,
    attempt: 2,
    maxAttempts: 5,
    queuedMs: 59,
    late: { cpuMs: 9.5, untilMs: 120 },
    durationMs: 100,
    cpu: { ms: 10, slices: 3, clock: 'thread', fromMs: 0 },
    heldUp: [],
  }
  expect(toldNotes(made(1, own))).toEqual([
    'Attempt 2 of 5.',
    'Waited 59 ms in its queue before.',
    'Held up for at most 44 ms before its start.',
    'Then 9.5 ms CPU late.',
  ])
})
