import { describe, expect, it, vi } from 'vitest'
import { Charge } from '../context/charge.js'
import { Ledger } from './ledger.js'
import { Slices } from './slices.js'

/** Slices whose clocks are moved by hand: `pass(owner, wall, cpu)` lets time go by for the current owner, then passes on. */
function byHand(): {
  slices: Slices
  ledger: Ledger
  pass: (owner: Charge, wallMs: number, cpuMs: number) => void
  owner: () => Charge
} {
  const ledger = new Ledger()
  let [wall, cpu] = [1_000, 50]
  vi.spyOn(performance, 'now').mockImplementation(() => wall)
  const clock = { kind: 'thread', cpuMs: () => cpu, close: () => {} } as const
  const slices = new Slices(clock, ledger, () => {})
  slices.start()
  return {
    slices,
    ledger,
    pass: (owner, wallMs, cpuMs) => {
      wall += wallMs
      cpu += cpuMs
      slices.passTo(owner)
    },
    owner: () => new Charge(ledger.requests, 0, 0),
  }
}

describe('what the thread did not run', () => {
  it('is taken from the long slice it lay in', () => {
    const { pass, ledger, owner } = byHand()
    const one = owner()
    pass(one, 0, 0)
    pass(ledger.unattributed, 12, 5)
    expect(one.cpuMs).toBeCloseTo(5)
  })

  it('is taken from the longest of the short ones before, where the last is shorter', () => {
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

  it('never makes a slice less than nothing', () => {
    const { slices, pass, ledger, owner } = byHand()
    const one = owner()
    pass(one, 0, 0)
    pass(ledger.unattributed, 0.2, 0)
    pass(one, 0.3, 0)
    slices.check()
    expect(one.cpuMs).toBeCloseTo(0)
    expect(ledger.unattributed.cpuMs).toBeCloseTo(0)
  })

  it('is looked for after 5 ms of short slices, so that a later long one does not pay for them', () => {
    const { pass, ledger, owner } = byHand()
    const [one, other] = [owner(), owner()]
    // The clocks run apart by a tenth.
    for (let turn = 0; turn < 1_000; turn++) pass(turn % 2 ? ledger.unattributed : one, 0.1, 0.09)
    pass(other, 0.1, 0.09)
    pass(ledger.unattributed, 20, 20)
    expect(other.cpuMs).toBeGreaterThan(19.4)
  })
})

it('a slice goes on where its owner comes again', () => {
  const { slices, pass, ledger, owner } = byHand()
  const one = owner()
  pass(one, 0, 0)
  slices.leaveTail()
  slices.passFromTail(one)
  pass(ledger.unattributed, 0.1, 0.1)
  expect([one.slices, one.cpuMs]).toEqual([1, expect.closeTo(0.1)])
})

it('a long slice whose owner was done is one slice, whatever comes then', () => {
  const { slices, pass, ledger, owner } = byHand()
  const one = owner()
  pass(one, 0, 0)
  pass(one, 3, 3)
  slices.leaveTail()
  slices.passFromTail(ledger.unattributed)
  expect([one.slices, one.cpuMs]).toEqual([1, expect.closeTo(3)])
})

it('a clock that is set back takes nothing from anybody', () => {
  const { slices, pass, ledger, owner } = byHand()
  const one = owner()
  pass(one, 1, 1)
  pass(ledger.unattributed, -60_000, 0.1)
  pass(one, -60_000, 0.1)
  slices.leaveTail()
  pass(ledger.unattributed, 2, 2)
  slices.check()
  expect(one.cpuMs).toBeCloseTo(2)
  expect(ledger.requests.cpuMs).toBeCloseTo(2)
  expect(ledger.unattributed.cpuMs).toBeCloseTo(1)
})
