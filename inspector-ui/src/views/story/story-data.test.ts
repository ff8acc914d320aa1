import { describe, expect, test } from 'vitest'
import { inputWith, lineAt, recordWith } from './layout/records.testing.js'
import { seenJobs } from './seen-jobs.js'
import { copyableError, shownErrors } from './shown-error.js'
import { nearestThing, nextThing, storyAt, thingsOf } from './things.js'
import { loggersOf, timedLines } from './timed-lines.js'

describe('jobs', () => {
  const record = recordWith({ jobs: [{ id: 'j1', name: 'send', queuedAtMs: 20 }] })
  const run = (attempt: number, more: object = {}) => ({
    ...recordWith({
      kind: 'job',
      attempt,
      startedAt: '2026-11-24T14:03:07.050Z',
      durationMs: 30,
      instance: 'worker-1:7',
    }),
    requestId: 'j1',
    ...more,
  })

  test('have the outcome of their last attempt', () => {
    const listed = [run(2), run(1, { error: { type: 'Error' }, willRetry: true })]
    expect(seenJobs(record, { listed })).toEqual([
      {
        id: 'j1',
        name: 'send',
        count: 1,
        queuedAtMs: 20,
        beganMs: 50,
        durationMs: 30,
        outcome: 'succeeded',
        attempt: 2,
        instance: 'worker-1:7',
      },
    ])
    expect(seenJobs(record, { listed: [run(1, { error: {} })] })[0]).toMatchObject({ outcome: 'failed' })
  })

  test('of which nothing is known have an outcome that is not known', () => {
    expect(seenJobs(record, {})[0]).toMatchObject({ outcome: 'unknown' })
  })
})

describe('log lines', () => {
  test('stand where they were written, in order', () => {
    const lines = [
      { time: '2026-11-24T14:03:07.174Z', level: 'warn', logger: 'b', file: 'x' },
      { time: '2026-11-24T14:03:07.003Z', level: 'info', logger: 'a', file: 'x' },
      { text: 'a line that Spoor did not write', file: 'x' },
      { time: '2026-11-24T14:03:07.200Z', level: 'fatal', logger: 'b', file: 'x' },
    ]
    const timed = timedLines(lines, recordWith())
    expect(timed.map(({ atMs, kind }) => [atMs, kind])).toEqual([
      [3, 'plain'],
      [174, 'warn'],
      [200, 'fail'],
    ])
    expect(loggersOf(timed)).toEqual([
      ['b', 2],
      ['a', 1],
    ])
  })
})

describe('the keys', () => {
  const input = inputWith(
    {
      timeline: [[10, 2]],
      outgoing: [{ startMs: 30, durationMs: 5, method: 'GET', host: 'a', route: '/', status: 503 }],
    },
    { lines: [lineAt(10), lineAt(50, 'warn')] },
  )
  const things = thingsOf(input)

  test('go from thing to thing on the axis', () => {
    expect(things.map(({ at }) => at)).toEqual([0, 10, 30, 50, 100])
    expect(nextThing(things, undefined, 1)?.at).toBe(0)
    expect(nextThing(things, 10, 1)?.at).toBe(30)
    expect(nextThing(things, 10, -1)?.at).toBe(0)
    expect(nextThing(things, 100, 1)).toBeUndefined()
    expect(nearestThing(things, 34)?.at).toBe(30)
  })

  test('open the story of the work that held the request up at the crosshair', () => {
    const by = { kind: 'request', id: 'r9' } as const
    const held = thingsOf(inputWith({ heldUp: [{ startMs: 20, durationMs: 40, by }] }))
    expect(storyAt(held, 45)).toBe('r9')
    expect(storyAt(held, 70)).toBeUndefined()
    const hidden = thingsOf(inputWith({ heldUp: [{ startMs: 20, durationMs: 40, by: { kind: 'other account' } }] }))
    expect(storyAt(hidden, 45)).toBeUndefined()
  })

  test('go to warnings and failures', () => {
    expect(things.filter(({ isTrouble }) => isTrouble).map(({ at }) => at)).toEqual([30, 50])
  })
})

describe('an error', () => {
  const error = {
    type: 'PublishError',
    message: 'refused',
    code: 'wp_refused',
    stack: 'PublishError: refused\n    at a (b.js:1:1)\n    at c (d.js:2:2)',
    status: 502,
    cause: { type: 'Error', message: 'ECONNREFUSED', cause: 'a text' },
  }

  test('is shown with its causes', () => {
    expect(shownErrors(error)).toMatchObject([
      {
        type: 'PublishError',
        code: 'wp_refused',
        stack: ['    at a (b.js:1:1)', '    at c (d.js:2:2)'],
        more: [['status', 502]],
      },
      { type: 'Error', message: 'ECONNREFUSED', stack: undefined },
      { type: 'Thrown', message: 'a text' },
    ])
    expect(copyableError(error)).toContain('caused by Error: ECONNREFUSED')
  })

  test('that is withheld says so', () => {
    expect(shownErrors({ code: 'wp_refused', withheld: true })).toMatchObject([
      { isWithheld: true, code: 'wp_refused' },
    ])
  })

  test('may be any value', () => {
    for (const thrown of [0, false, '', 'text', [1], null])
      expect(shownErrors(thrown).length).toBe(thrown === null ? 0 : 1)
  })
})
