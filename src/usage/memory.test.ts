import { setTimeout as later } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { burn, onRealClock, testUsage, turn, until, Worker } from '../../test/usage/burn.js'
import { allocationCounter } from './allocations.js'
import type { LateFigures } from './figures.js'
import type { Usage } from './usage.js'

let usage: Usage
afterEach(() => usage.close())

describe('allocated bytes', () => {
  it('are those of the request, although another one allocates a hundred times as much', onRealClock, async () => {
    usage = testUsage({ memory: true })
    let kept: unknown[] = []
    const allocate = async (numbers: number): Promise<void> => {
      for (let step = 0; step < 10; step++) {
        await turn()
        kept.push(new Array(numbers).fill(0))
      }
    }
    const both = async (): Promise<number[]> => {
      const [large, small] = [new Worker(), new Worker()]
      for (const { context } of [large, small]) usage.begin(context)
      await Promise.all([large.run(() => allocate(100_000)), small.run(() => allocate(1_000))])
      kept = []
      return [large, small].map(({ context }) => usage.end(context)?.memory?.allocatedBytes as number)
    }
    // Now and then V8 compiles or collects within a slice, on a busy machine more often: 400 KB for the small one.
    const rounds = [await both(), await both(), await both()]
    const [much, little] = [0, 1].map((of) => rounds.map((round) => round[of] as number).sort((a, b) => a - b)[1])
    // 10 × 100,000 × 8 bytes, less a slice in which a collection ran.
    expect(much).toBeGreaterThan(6_000_000)
    expect(much).toBeLessThan(10_500_000)
    expect(little).toBeGreaterThan(60_000)
    // A collection in the middle of a slice may be put down to it; the other one is ten million.
    expect(little).toBeLessThan(2_000_000)
  })

  it('are absent by default', () => {
    usage = testUsage()
    const worker = new Worker()
    usage.begin(worker.context)
    expect(usage.end(worker.context)).toMatchObject({ memory: undefined })
  })
})

it('reading the heap statistics adds no bytes to the count', () => {
  const allocated = allocationCounter() as () => number
  // A collection or a compilation may come in between.
  const readings = Array.from({ length: 51 }, allocated).sort((a, b) => a - b)
  expect(readings[25]).toBeLessThan(50)
})

describe('pauses of the garbage collector', () => {
  it(
    'are charged to the request whose slice they fall into, also when they are reported after its end',
    onRealClock,
    async () => {
      usage = testUsage({ lateMs: 1_500 })
      const [heavy, light] = [new Worker(), new Worker()]
      for (const { context } of [heavy, light]) usage.begin(context)
      // So much that V8 must collect, however little of the core this thread gets.
      const garbage = (): void => {
        let kept: unknown[] = []
        for (let i = 0; i < 1_000_000; i++) {
          kept.push({ i, text: `${i}` })
          if (kept.length > 200_000) kept = []
        }
      }
      let late: LateFigures | undefined
      await Promise.all([light.run(() => turn().then(() => light.burn(2))), heavy.run(() => turn().then(garbage))])
      const atEnd = usage.end(heavy.context, (figures) => {
        late = figures
      })
      await until(() => (heavy.context.work.charge?.gcMs ?? 0) > 0)
      await later(20)
      burn(1)
      usage.close()
      const all = (atEnd?.gcMs ?? 0) + (late?.gcMs ?? 0)
      expect(all).toBeGreaterThan(0)
      expect(all).toBeLessThanOrEqual(heavy.chargedMs + 0.001)
      expect(light.context.work.charge?.gcMs).toBeLessThan(all)
    },
  )
})
