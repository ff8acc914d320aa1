import { describe, expect, it } from 'vitest'
import { clocksByHand } from '../../test/usage/clocks-by-hand.js'
import { Charge } from '../work/charge.js'
import { Ledger } from './ledger.js'
import { Slices } from './slices.js'

/**
 * Slices whose clocks are moved by hand: `pass(owner, wall, cpu)` lets time go by for the current owner, then passes on.
 *
 * @param readingMs what it takes to look at the CPU clock
 * @param takenAt after which part of that time the figure is taken, from 0 to 1
 */
function byHand(
  readingMs = 0,
  takenAt?: () => number,
): {
  slices: Slices
  ledger: Ledger
  idle: (ms: number) => void
  charged: () => number
  pass: (owner: Charge, wallMs: number, cpuMs: number) => void
  owner: () => Charge
} {
  const ledger = new Ledger()
  const { cpu, run, idle } = clocksByHand(readingMs, takenAt)
  const slices = new Slices(cpu, ledger, () => {})
  slices.start()
  return {
    slices,
    ledger,
    idle,
    charged: () => ledger.requests.cpuMs + ledger.unattributed.cpuMs + ledger.watching.cpuMs,
    pass: (owner, wallMs, cpuMs) => {
      run(wallMs, cpuMs)
      slices.switchTo(owner)
    },
    owner: () => new Charge(ledger.requests, 0, 0),
  }
}

describe('time in which the thread did not run', () => {
  it('is subtracted from the long slice around it', () => {
    const { pass, ledger, owner } = byHand()
    const one = owner()
    pass(one, 0, 0)
    pass(ledger.unattributed, 12, 5)
    expect(one.cpuMs).toBeCloseTo(5)
  })

  it('is subtracted from the longest of the short slices before, if the last one is shorter', () => {
    const { slices, pass, ledger, owner } = byHand()
    const [one, other] = [owner(), owner()]
    pass(one, 0, 0)
    pass(other, 0.1, 0.1)
    pass(one, 0.2, 0.05)
    pass(ledger.unattributed, 0.1, 0.1)
    slices.check()
    expect(one.cpuMs).toBeCloseTo(0.2)
    expect(other.cpuMs).toBeCloseTo(0.05)
    expect(ledger.requests.cpuMs).toBeCloseTo(0.25)
    expect(slices.threadCpuMs).toBeCloseTo(0.25)
  })

  it('never makes a slice negative', () => {
    const { slices, pass, ledger, owner } = byHand()
    const one = owner()
    pass(one, 0, 0)
    pass(ledger.unattributed, 0.2, 0)
    pass(one, 0.3, 0)
    slices.check()
    expect(one.cpuMs).toBeCloseTo(0)
    expect(ledger.unattributed.cpuMs).toBeCloseTo(0)
  })

  it('is checked after 5 ms of short slices, so a later long slice does not pay for them', () => {
    const { pass, ledger, owner } = byHand()
    const [one, other] = [owner(), owner()]
    // The clocks run apart by a tenth.
    for (let turn = 0; turn < 1_000; turn++) pass(turn % 2 ? ledger.unattributed : one, 0.1, 0.09)
    pass(other, 0.1, 0.09)
    pass(ledger.unattributed, 20, 20)
    expect(other.cpuMs).toBeGreaterThan(19.4)
  })
})

describe('the accounting', () => {
  it('balances although reading the clock takes time', () => {
    const { slices, pass, ledger, charged, owner } = byHand(0.004)
    const one = owner()
    for (let turn = 0; turn < 1_000; turn++) pass(turn % 2 ? ledger.unattributed : one, 0.3, 0.295)
    slices.check()
    expect(charged() / slices.threadCpuMs).toBeCloseTo(1, 3)
    expect(ledger.watching.cpuMs).toBeCloseTo(1_000 * 0.004, 1)
  })

  it('balances wherever within a reading the figure of the CPU clock is taken', () => {
    let taken = 0
    const { slices, pass, ledger, charged, owner } = byHand(0.004, () => (taken++ % 2 ? 0.9 : 0.1))
    const one = owner()
    for (let turn = 0; turn < 1_000; turn++) pass(turn % 2 ? ledger.unattributed : one, 0.3, 0.3)
    slices.check()
    expect(charged() / slices.threadCpuMs).toBeCloseTo(1, 4)
  })

  it('charges little to Spoor if the thread is preempted while it reads the clock', () => {
    const { slices, ledger } = byHand(7)
    slices.check()
    expect(ledger.watching.cpuMs).toBeCloseTo(0.05)
  })

  it('leaves out the time between stop and start', () => {
    const { slices, pass, ledger, charged, owner } = byHand()
    const one = owner()
    pass(one, 0, 0)
    pass(one, 3, 3)
    slices.check()
    slices.forget()
    pass(ledger.unattributed, 100, 80)
    slices.start()
    pass(one, 2, 2)
    slices.check()
    expect([slices.threadCpuMs, charged(), one.cpuMs]).toEqual([5, 5, 3])
  })

  it('subtracts nothing from slices before its start, nor from slices that were checked already', () => {
    const { slices, pass, ledger, owner } = byHand()
    const [before, one, other] = [owner(), owner(), owner()]
    pass(before, 0, 0)
    pass(ledger.unattributed, 0.2, 0.2)
    slices.start()
    pass(one, 0, 0)
    pass(ledger.unattributed, 0.1, 0)
    slices.check()
    pass(one, 0, 0)
    pass(ledger.unattributed, 0.2, 0.2)
    slices.check()
    pass(other, 0, 0)
    pass(ledger.unattributed, 0.1, 0)
    slices.check()
    expect([before, one, other].map(({ cpuMs }) => cpuMs)).toEqual([0.2, 0.2, 0].map((ms) => expect.closeTo(ms)))
  })
})

it('waiting of the event loop is unattributed, and no slice pays for it', () => {
  const { slices, pass, idle, ledger, owner } = byHand()
  const one = owner()
  pass(one, 0, 0)
  pass(ledger.unattributed, 0.2, 0.2)
  idle(40)
  pass(one, 1, 1)
  slices.check()
  expect([one.cpuMs, ledger.unattributed.cpuMs]).toEqual([expect.closeTo(0.2), expect.closeTo(1)])
})

it('an updated charge includes the CPU until the end of its owner', () => {
  const { slices, pass, ledger, owner } = byHand()
  const one = owner()
  pass(one, 0, 0)
  pass(one, 0.2, 0.2)
  slices.noteTail()
  pass(one, 0.1, 0.1)
  slices.bringUpToDate(one)
  slices.check()
  expect([one.cpuMs, ledger.unattributed.cpuMs]).toEqual([expect.closeTo(0.2), expect.closeTo(0.1)])
})

it('bytes that were allocated before it starts are left out', () => {
  const { slices, pass, ledger, owner } = byHand()
  let bytes = 1_000
  slices.allocated = () => {
    const since = bytes
    bytes = 0
    return since
  }
  slices.start()
  const one = owner()
  pass(one, 0, 0)
  bytes += 20
  pass(ledger.unattributed, 0.1, 0.1)
  expect([one.allocatedBytes, ledger.unattributed.allocatedBytes]).toEqual([20, 0])
})

it('a slice continues if its owner runs next again', () => {
  const { slices, pass, ledger, owner } = byHand()
  const one = owner()
  pass(one, 0, 0)
  slices.noteTail()
  slices.passFromTail(one)
  pass(ledger.unattributed, 0.1, 0.1)
  expect([one.slices, one.cpuMs]).toEqual([1, expect.closeTo(0.1)])
})

it('a long slice whose owner ended counts as one slice', () => {
  const { slices, pass, ledger, owner } = byHand()
  const one = owner()
  pass(one, 0, 0)
  pass(one, 3, 3)
  slices.noteTail()
  slices.passFromTail(ledger.unattributed)
  expect([one.slices, one.cpuMs]).toEqual([1, expect.closeTo(3)])
})

it('a clock that is set back reduces no charge', () => {
  const { slices, pass, ledger, owner } = byHand()
  const one = owner()
  pass(one, 1, 1)
  pass(ledger.unattributed, -60_000, 0.1)
  pass(one, -60_000, 0.1)
  slices.noteTail()
  pass(ledger.unattributed, 2, 2)
  slices.check()
  expect(one.cpuMs).toBeCloseTo(2)
  expect(ledger.requests.cpuMs).toBeCloseTo(2)
  expect(ledger.unattributed.cpuMs).toBeCloseTo(1)
})
