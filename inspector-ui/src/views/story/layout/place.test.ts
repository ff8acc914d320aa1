import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RequestDetail } from '../../../protocol.js'
import { type Box, fitted, textPx } from './boxes.js'
import type { PlacedLane, StoryLayout } from './place.js'
import { layoutOf } from './place.js'
import { anyInput, inputWith, lineAt, runsOf } from './records.testing.js'

const names = ({ lanes }: StoryLayout): string[] =>
  lanes.map(({ lane: { verb = '', name, note = '' } }) => `${verb} ${name} ${note}`.replace(/\s+/g, ' ').trim())

const laneOf = (layout: StoryLayout, key: string): PlacedLane => {
  const found = layout.lanes.find(({ lane }) => lane.key === key)
  if (found === undefined)
    throw new Error(`no lane ${key} among ${layout.lanes.map(({ lane }) => lane.key).join(', ')}`)
  return found
}

const kindsOf = (
  ...kinds: readonly (readonly [summary: string, calls: number, ms: number])[]
): RequestDetail['queryKinds'] =>
  kinds.map(([summary, calls, ms]) => ({ system: 'postgresql', summary, calls, ms, slowestMs: ms / calls }))

const queriesOf = (calls: number, ms: number): NonNullable<RequestDetail['queries']> => ({
  calls,
  ms,
  busyMs: ms,
  slowestMs: ms / calls,
  bySystem: { postgresql: { calls, ms } },
})

describe('geometry', () => {
  test('is within the chart and never NaN or negative, whatever the record says', () => {
    fc.assert(
      fc.property(
        anyInput,
        fc.integer({ min: 0, max: 3_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (input, width, zoom) => {
          const whole = layoutOf(input, width)
          expectWithin(whole)
          const { from, to } = whole.extent
          const span = (to - from) * zoom
          expectWithin(
            layoutOf(input, width, { from: from + (to - from - span) / 2, to: from + (to - from + span) / 2 }),
          )
        },
      ),
      { numRuns: 300 },
    )
  })

  test('shows nothing thinner than 1.6 px, and marks what was widened', () => {
    const layout = layoutOf(
      inputWith({
        timeline: [
          [10, 0.01],
          [50, 20],
        ],
      }),
      1_000,
    )
    const [thin, wide] = laneOf(layout, 'cpu').groups.flatMap(({ boxes }) => boxes)
    expect(thin).toMatchObject({ width: 1.6, isWidened: true })
    expect(wide).toMatchObject({ isWidened: false })
  })

  test('draws slices paler that were CPU only in part', () => {
    const cpu = { ms: 5, slices: 40, clock: 'thread', fromMs: 0 } as const
    const layout = layoutOf(inputWith({ cpu, timeline: [[10, 60]] }), 1_000)
    expect(laneOf(layout, 'cpu').groups.map(({ look }) => look)).toEqual(['some-cpu'])
    expect(laneOf(layout, 'request').groups.map(({ look }) => look)).toContain('some-cpu')
  })

  test('draws as many shapes as the screen has places, however many slices there are', () => {
    const timeline = Array.from({ length: 100_000 }, (_, at) => [at / 1_000, 0.0005] as const)
    const layout = layoutOf(inputWith({ timeline }), 1_000)
    expect(laneOf(layout, 'cpu').groups[0]?.boxes.length).toBeLessThan(800)
  })

  test('has names above the bars on a small screen', () => {
    const small = layoutOf(inputWith(), 390)
    expect(small).toMatchObject({ isSmall: true, gutter: 0 })
    expect(small.lanes[0]?.baseline).toBeLessThan(small.lanes[0]?.middle as number)
  })

  test('starts left of 0 if the request was held up before its start', () => {
    const layout = layoutOf(inputWith({ beforeStartMs: 20 }), 1_000)
    expect(layout.scale.from).toBe(-20)
    expect(layout.startX).toBeGreaterThan(layout.scale.left)
  })

  test('is not squeezed by what happens long after the response', () => {
    const layout = layoutOf(inputWith({ late: { cpuMs: 1, untilMs: 60_000 } }), 1_000)
    expect(layout.scale.to).toBeLessThan(130)
    expect(layout.extent.to).toBeGreaterThanOrEqual(60_000)
  })
})

describe('lanes', () => {
  test('of equal queries are one row that says how often they were sent', () => {
    const layout = layoutOf(
      inputWith({
        queries: queriesOf(32, 60),
        queryKinds: kindsOf(['SELECT posts', 31, 50], ['INSERT posts', 1, 10]),
        queryRuns: [...runsOf(0, 31), { startMs: 80, durationMs: 10, kind: 1 }],
      }),
      1_440,
    )
    expect(names(layout).slice(3)).toEqual(['PostgreSQL 32 queries', 'SELECT posts × 31', 'INSERT posts'])
    expect(laneOf(layout, 'query 0').label?.text).toBe('repeated: 31 equal queries, 1.6 ms each')
  })

  test('of more than eight statements fold; what is repeated or slowest keeps its row', () => {
    const kinds = kindsOf(
      ['SELECT a', 40, 5],
      ...Array.from({ length: 10 }, (_, at) => [`SELECT b${at}`, 1, 6 + at] as const),
    )
    const record = {
      queries: queriesOf(50, 100),
      queryKinds: kinds,
      queryRuns: kinds.map((_, kind) => ({ startMs: kind * 5, durationMs: 2, kind })),
    }
    const folded = names(layoutOf(inputWith(record), 1_440)).slice(3)
    expect(folded).toHaveLength(9)
    expect(folded).toContain('SELECT a × 40')
    expect(folded).toContain('SELECT b9')
    expect(folded.at(-1)).toBe('4 others')
    expect(names(layoutOf(inputWith(record, { isOpened: true }), 1_440)).slice(3)).toHaveLength(12)
  })

  test('of a system below 1 % of the duration are one, until it is opened', () => {
    const record = {
      queries: queriesOf(2, 0.9),
      queryKinds: kindsOf(['GET session', 1, 0.5], ['DEL page', 1, 0.4]),
      queryRuns: [...runsOf(0, 1, 3), ...runsOf(1, 1, 90)],
    }
    expect(names(layoutOf(inputWith(record), 1_440)).slice(3)).toEqual(['PostgreSQL 2 queries'])
    expect(names(layoutOf(inputWith(record, { isOpened: true }), 1_440))).toContain('GET session')
  })

  test('of more than eight calls to one host fold into it', () => {
    const calls = (count: number): RequestDetail['outgoing'] =>
      Array.from({ length: count }, (_, at) => ({
        startMs: at * 5,
        durationMs: 4,
        method: 'GET',
        host: 'a.example',
        route: '/x',
      }))
    expect(names(layoutOf(inputWith({ outgoing: calls(8) }), 1_440)).slice(3)).toHaveLength(9)
    expect(names(layoutOf(inputWith({ outgoing: calls(9) }), 1_440)).slice(3)).toEqual([
      'Waiting for a.example 9 calls',
    ])
  })

  test('of a request that was not measured have no own CPU, but what its route usually takes', () => {
    const layout = layoutOf(
      inputWith({ measured: false, cpu: undefined, waits: undefined, cpuEstimate: { ms: 18, windows: 4 } }),
      1_440,
    )
    expect(names(layout)).toEqual(['Request', 'Not measured', 'Own CPU'])
    expect(laneOf(layout, 'cpu').lane.total).toBe('≈ 18 ms')
    expect(laneOf(layout, 'cpu').groups).toEqual([])
  })

  test('name and link the work that held the request up, and show it as a column', () => {
    const by = { kind: 'request', id: 'r9', method: 'POST', route: '/export', account: 'globex' } as const
    const waits = { heldUpMs: 40, outgoingMs: 0, stepsMs: 0, otherMs: 50, unmeasuredMs: 0 }
    const layout = layoutOf(inputWith({ waits, heldUp: [{ startMs: 20, durationMs: 40, by }] }), 1_440)
    expect(laneOf(layout, 'held').label).toMatchObject({
      text: 'by POST /export of globex, 40 ms at most ›',
      label: { href: '#r9' },
    })
    expect(layout.held).toHaveLength(1)
  })

  test('name no other account to a reader of one', () => {
    const waits = { heldUpMs: 40, outgoingMs: 0, stepsMs: 0, otherMs: 50, unmeasuredMs: 0 }
    const heldUp = [{ startMs: 20, durationMs: 40, by: { kind: 'other account' } as const }]
    const { label } = laneOf(layoutOf(inputWith({ waits, heldUp }), 1_440), 'held')
    expect(label).toMatchObject({ text: 'by another account, 40 ms at most' })
    expect(label?.label.href).toBeUndefined()
  })

  test('of a job that outlasts the axis end in an arrow', () => {
    const job = {
      id: 'j1',
      name: 'send',
      count: 1,
      queuedAtMs: 90,
      beganMs: 101,
      durationMs: 5_000,
      outcome: 'succeeded',
      attempt: 1,
    } as const
    const { singles, label } = laneOf(layoutOf(inputWith({}, { jobs: [job] }), 1_440), 'job 0')
    expect(singles.at(-1)).toMatchObject({ isCut: true })
    expect(label?.text).toContain('queued at 90 ms, began 11 ms later, ran 5.00 s, succeeded')
  })

  test('of log lines have ticks, and shapes for warnings and errors', () => {
    const layout = layoutOf(inputWith({}, { lines: [lineAt(1), lineAt(50, 'warn'), lineAt(80, 'fail')] }), 1_440)
    expect(laneOf(layout, 'lines').groups.map(({ look }) => look)).toEqual(['tick', 'warn', 'fail'])
  })
})

describe('texts', () => {
  test('are cut so that they fit', () => {
    expect(fitted('short', 100)).toBe('short')
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), fc.integer({ min: 0, max: 400 }), (text, px) => {
        expect(textPx(fitted(text, px))).toBeLessThanOrEqual(px)
      }),
    )
  })
})

function expectWithin(layout: StoryLayout): void {
  const { scale, lanes, width, height, ticks, held, rules } = layout
  const finite = (...numbers: readonly number[]): void => {
    for (const number of numbers) if (!Number.isFinite(number)) throw new Error(`${number} in the geometry`)
  }
  const box = ({ x, width: wide }: Box): void => {
    finite(x, wide)
    expect(wide).toBeGreaterThanOrEqual(0)
    expect(x).toBeGreaterThanOrEqual(scale.left - 1e-6)
    expect(x + wide).toBeLessThanOrEqual(scale.right + 1.6 + 1e-6)
  }
  finite(width, height, scale.left, scale.right, scale.from, scale.to, ...rules)
  expect(scale.to).toBeGreaterThan(scale.from)
  for (const { ms } of ticks) finite(scale.x(ms))
  held.forEach(box)
  let bottom = layout.top
  for (const { top, height: high, middle, baseline, groups, singles, label } of lanes) {
    finite(top, high, middle, baseline)
    expect(top).toBeGreaterThanOrEqual(bottom)
    bottom = top + high
    for (const { boxes } of groups) boxes.forEach(box)
    for (const single of singles) box(single.box)
    if (label !== undefined) {
      finite(label.x)
      expect(label.x).toBeGreaterThanOrEqual(0)
      expect(label.x).toBeLessThanOrEqual(width)
    }
  }
  expect(bottom).toBeLessThanOrEqual(height)
}
