import { beforeEach, describe, expect, it } from 'vitest'
import { type ClocksByHand, clocksByHand } from '../../test/usage/clocks-by-hand.js'
import { createContext, type WorkContext } from '../context/request-context.js'
import { storage } from '../context/storage.js'
import { Charge } from '../work/charge.js'
import { Meter } from './meter.js'

// What Node's hooks tell, told by hand: orders of events that are rare in life.

let clocks: ClocksByHand
let meter: Meter

beforeEach(() => {
  clocks = clocksByHand()
  meter = new Meter(clocks.cpu)
  meter.start()
})

const burn = (ms: number): void => clocks.run(ms)
const request = (): WorkContext => {
  const context = createContext('request')
  context.work.charge = new Charge(meter.ledger.requests, 0, 0)
  return context
}
const within = (context: WorkContext, fn: () => void): void => storage.run(context, fn)
/** A whole promise reaction of a request. */
const react = (context: WorkContext, ms: number): void => {
  within(context, () => meter.reactionBegins())
  burn(ms)
  within(context, () => meter.reactionEnds())
}
const charged = ({ work }: WorkContext): number => work.charge?.cpuMs ?? 0
const unattributed = (): number => meter.ledger.unattributed.cpuMs
const expectAll = (charges: number[], burned: number[]): void =>
  expect(charges).toEqual(burned.map((ms) => expect.closeTo(ms)))

describe('the meter', () => {
  it('goes back to the owner before a callback whose inner callbacks an exception skipped', () => {
    const [one, other] = [request(), request()]
    within(one, () => meter.callbackBegins(1))
    burn(4)
    within(other, () => {
      meter.callbackBegins(2)
      meter.callbackBegins(3)
    })
    burn(6)
    within(one, () => meter.callbackEnds(1))
    burn(8)
    meter.check()
    expectAll([charged(one), charged(other), unattributed()], [4, 6, 8])
  })

  it('has no owner after the end of a callback whose beginning it missed', () => {
    const one = request()
    within(one, () => meter.lookAgain())
    burn(4)
    meter.callbackEnds(7)
    burn(6)
    meter.check()
    expectAll([charged(one), unattributed()], [4, 6])
  })

  it('leaves out the time between a promise reaction and a callback of the same request', () => {
    const one = request()
    react(one, 4)
    burn(6)
    within(one, () => meter.callbackBegins(1))
    burn(2)
    meter.callbackEnds(1)
    meter.check()
    expectAll([charged(one), unattributed()], [6, 6])
  })

  it('leaves out the time between reactions of two requests', () => {
    const [one, other] = [request(), request()]
    react(one, 4)
    burn(6)
    react(other, 2)
    meter.check()
    expectAll([charged(one), charged(other), unattributed()], [4, 2, 6])
  })

  it('goes back to the outer owner after a promise reaction within another one or within a callback', () => {
    const [one, other] = [request(), request()]
    const inner = (): void => {
      react(other, 2)
    }
    within(one, () => meter.reactionBegins())
    inner()
    burn(4)
    within(one, () => meter.reactionEnds())
    within(one, () => meter.callbackBegins(1))
    inner()
    burn(3)
    meter.callbackEnds(1)
    meter.check()
    expectAll([charged(one), charged(other)], [7, 4])
  })

  it('charges a scope that opens outside any callback after a reaction from its start', () => {
    const [one, other] = [request(), request()]
    react(one, 4)
    burn(3)
    within(other, () => meter.lookAgain())
    burn(6)
    meter.check()
    expectAll([charged(one), charged(other), unattributed()], [4, 6, 3])
  })

  it('has no owner after the loop idled while a request had the thread, as after a lost end', () => {
    const one = request()
    within(one, () => meter.callbackBegins(1))
    clocks.idle(5)
    meter.check()
    burn(4)
    meter.check()
    expectAll([charged(one), unattributed()], [0, 4])
  })

  it('has no owner after a reset, and goes on', () => {
    const one = request()
    within(one, () => meter.callbackBegins(1))
    meter.reset()
    burn(4)
    within(one, () => meter.callbackBegins(2))
    burn(3)
    meter.callbackEnds(2)
    meter.check()
    expectAll([charged(one), unattributed()], [3, 4])
  })

  it.each([
    ['a scope', (fn: () => void) => meter.run(request(), fn)],
    ['Spoor’s own work', (fn: () => void) => meter.watch(fn)],
  ])('of %s that is opened outside any callback after a reaction leaves out the time in between', (_, open) => {
    const one = request()
    react(one, 4)
    burn(6)
    open(() => burn(2))
    meter.check()
    expectAll([charged(one), unattributed()], [4, 6])
  })

  it.each([
    [
      'a callback',
      (fn: () => void) => {
        meter.callbackBegins(2)
        fn()
        meter.callbackEnds(2)
      },
    ],
    ['a scope', (fn: () => void) => meter.run(request(), fn)],
  ])('has no owner if the request was settled when %s within it ends', (_, inner) => {
    const one = request()
    within(one, () => {
      meter.callbackBegins(1)
      burn(4)
      storage.run(undefined, () =>
        inner(() => {
          if (one.work.charge) one.work.charge.settled = true
        }),
      )
      burn(6)
      meter.callbackEnds(1)
    })
    meter.check()
    expectAll([charged(one), unattributed()], [4, 6])
  })

  it('takes the reactions of one request for one slice again, after a reset within a reaction', () => {
    const one = request()
    within(one, () => meter.reactionBegins())
    meter.reset()
    for (let reaction = 0; reaction < 5; reaction++) react(one, 0.02)
    meter.check()
    expect(one.work.charge?.slices).toBe(1)
  })
})
