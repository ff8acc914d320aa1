import { describe, expect, it } from 'vitest'
import { type LoopTime, WindowSchedule, type WindowSettings } from './window-schedule.js'

/** A turn of the event loop in which one account runs for `ms`, after the loop was idle for `idleMs`. */
interface Turn {
  readonly account: string
  readonly ms: number
  readonly idleMs: number
}

/** Random numbers that are the same in each run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** An event loop: timers fire only while it is idle, and between two turns. */
class FakeLoop implements LoopTime {
  ms = 1_000
  readonly random: () => number
  readonly #timers = new Set<{ readonly at: number; readonly fn: () => void }>()

  constructor(random: () => number) {
    this.random = random
  }

  now(): number {
    return this.ms
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.ms + ms, fn }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  get timers(): number {
    return this.#timers.size
  }

  /** Fires the timers that are due until `end`, each at its time or, after a turn, at once. */
  idleUntil(end: number): void {
    for (;;) {
      const [next] = [...this.#timers].sort((one, other) => one.at - other.at)
      if (next === undefined || next.at > end) break
      this.#timers.delete(next)
      this.ms = Math.max(this.ms, next.at)
      next.fn()
    }
    this.ms = Math.max(this.ms, end)
  }
}

interface Estimate {
  readonly truth: Map<string, number>
  readonly estimated: Map<string, number>
  windows: number
}

/** Runs turns for `forMs`, and estimates what each account used from the windows. */
function simulate(settings: WindowSettings, turns: (random: () => number) => Turn, forMs: number): Estimate {
  const random = seeded(42)
  const loop = new FakeLoop(random)
  const result: Estimate = { truth: new Map(), estimated: new Map(), windows: 0 }
  let isOpen = false
  const add = (to: Map<string, number>, { account, ms }: Turn, factor: number): void => {
    to.set(account, (to.get(account) ?? 0) + ms * factor)
  }
  const schedule = new WindowSchedule(
    settings,
    {
      open: () => {
        isOpen = true
        result.windows++
      },
      close: (done) => {
        isOpen = false
        done()
      },
    },
    loop,
  )
  while (loop.ms < forMs) {
    const turn = turns(random)
    loop.idleUntil(loop.ms + turn.idleMs)
    add(result.truth, turn, 1)
    if (isOpen) add(result.estimated, turn, settings.everyMs / settings.forMs)
    loop.ms += turn.ms
  }
  schedule.stop()
  expect(loop.timers).toBe(0)
  return result
}

const settings = { everyMs: 1_000, forMs: 50 }
const hours = 3_600_000

/** Turns of the accounts one after the other. */
function inTurn(turns: readonly Turn[]): () => Turn {
  let at = 0
  return () => turns[at++ % turns.length] as Turn
}

const turn = (account: string, ms: number, idleMs = 0): Turn => ({ account, ms, idleMs })

describe('the estimate from windows is right', () => {
  it.each<[string, (random: () => number) => Turn]>([
    ['of short turns', inTurn([turn('a', 3, 40), turn('b', 1, 4)])],
    ['of turns that are longer than a window, with pauses', inTurn([turn('a', 300, 700)])],
    ['of turns that are longer than a window, without pauses', inTurn([turn('a', 300), turn('b', 60)])],
    ['of what always follows a long turn', inTurn([turn('a', 300, 40), turn('b', 10)])],
    ['of what always precedes a long turn', inTurn([turn('b', 10, 40), turn('a', 300)])],
    ['of turns that are longer than the time between windows', inTurn([turn('a', 2_500, 10), turn('b', 200, 30)])],
    ['of work that runs once a second', inTurn([turn('a', 40, 500), turn('b', 20, 440)])],
    [
      'of turns of any length',
      (random) => {
        const isLong = random() < 0.1
        return turn(isLong ? 'a' : 'b', (isLong ? 400 : 10) * random(), random() < 0.5 ? 0 : 30 * random())
      },
    ],
  ])('%s', (_, turns) => {
    const { truth, estimated } = simulate(settings, turns, 40 * hours)
    for (const [account, ms] of truth) {
      expect((estimated.get(account) ?? 0) / ms).toBeGreaterThan(0.95)
      expect((estimated.get(account) ?? 0) / ms).toBeLessThan(1.05)
    }
  })

  it.each([
    { everyMs: 100, forMs: 10 },
    { everyMs: 100, forMs: 90 },
    { everyMs: 1_000, forMs: 500 },
    { everyMs: 60_000, forMs: 50 },
  ])('with the settings %j', (others) => {
    const turns = inTurn([turn('a', 120, 10), turn('b', 15, 25)])
    const { truth, estimated } = simulate(others, turns, others.everyMs * 50_000)
    for (const [account, ms] of truth) expect((estimated.get(account) ?? 0) / ms).toBeCloseTo(1, 1)
  })
})

describe('windows', () => {
  it('open once in everyMs on average, at times that do not beat with the second', () => {
    const loop = new FakeLoop(seeded(7))
    const phases = new Array<number>(10).fill(0)
    const lengths: number[] = []
    let opened = 0
    const schedule = new WindowSchedule(
      settings,
      {
        open: () => {
          opened = loop.ms
          phases[Math.floor((loop.ms % 1_000) / 100)]!++
        },
        close: (done) => {
          lengths.push(loop.ms - opened)
          done()
        },
      },
      loop,
    )
    loop.idleUntil(10_000_000)
    schedule.stop()
    expect(lengths.length).toBeGreaterThan(9_800)
    expect(lengths.length).toBeLessThan(10_200)
    for (const count of phases) expect(count).toBeGreaterThan(800)
    for (const length of lengths) expect(Math.abs(length - 50)).toBeLessThanOrEqual(1)
  })

  it.each([-5_000_000, 5_000_000, 1e12])('open again after the clock jumped by %d ms', (jump) => {
    const loop = new FakeLoop(seeded(3))
    let [windows, offset] = [0, 0]
    const schedule = new WindowSchedule(
      settings,
      { open: () => windows++, close: (done) => done() },
      { now: () => loop.now() + offset, after: (ms, fn) => loop.after(ms, fn), random: loop.random },
    )
    loop.idleUntil(100_000)
    offset = jump
    const before = windows
    loop.idleUntil(200_000)
    expect(windows - before).toBeGreaterThan(85)
    expect(windows - before).toBeLessThan(115)
    schedule.stop()
  })
})
