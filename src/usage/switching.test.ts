import { afterEach, describe, expect, it } from 'vitest'
import { burn, until } from '../../test/usage/burn.js'
import { Charge } from '../context/charge.js'
import { createContext, type WorkContext } from '../context/request-context.js'
import { storage } from '../context/storage.js'
import { type CpuClock, openCpuClock } from './cpu-clock.js'
import { Meter } from './meter.js'

// What Node's hooks tell, told by hand: orders of events that are rare in life.

let clock: CpuClock
let meter: Meter

/** In each test itself: what Vitest does before would be nobody's, too. */
function startMeter(): void {
  clock = openCpuClock()
  // What is done for the first time takes a ms or two.
  storage.run(undefined, () => burn(1))
  meter = new Meter(clock)
  meter.start()
}
afterEach(() => {
  meter.stop()
  clock.close()
})

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
const nobodys = (): number => meter.ledger.unattributed.cpuMs
/** Each is what was burned, and what lies around it. */
const expectAll = (charges: number[], burned: number[]): void => {
  for (const [at, ms] of charges.entries()) {
    expect(ms).toBeGreaterThan((burned[at] as number) - 0.6)
    expect(ms).toBeLessThan((burned[at] as number) + 1.9)
  }
}

describe('a meter that is told', () => {
  it('of the end of a callback while others above it are open (an exception took them) goes back to before it', () => {
    startMeter()
    const [one, other] = [request(), request()]
    const burned: number[] = []
    within(one, () => meter.callbackBegins(1))
    burned.push(burn(4))
    within(other, () => {
      meter.callbackBegins(2)
      meter.callbackBegins(3)
    })
    burned.push(burn(6))
    within(one, () => meter.callbackEnds(1))
    burned.push(burn(8))
    meter.check()
    expectAll([charged(one), charged(other), nobodys()], burned)
  })

  it('of the end of a callback whose beginning it missed has nobody', () => {
    startMeter()
    const one = request()
    within(one, () => meter.lookAgain())
    burn(4)
    meter.callbackEnds(7)
    burn(6)
    meter.check()
    expectAll([charged(one), nobodys()], [4, 6])
  })

  it('of a callback after a promise reaction of the same request leaves out what lay between', () => {
    startMeter()
    const one = request()
    react(one, 4)
    burn(6)
    within(one, () => meter.callbackBegins(1))
    burn(2)
    meter.callbackEnds(1)
    meter.check()
    expectAll([charged(one), nobodys()], [6, 6])
  })

  it('of a reaction of another request after some time leaves out what lay between', () => {
    startMeter()
    const [one, other] = [request(), request()]
    react(one, 4)
    burn(6)
    react(other, 2)
    meter.check()
    expectAll([charged(one), charged(other), nobodys()], [4, 2, 6])
  })

  it('of a promise reaction within another, or within a callback, goes back to the outer one', () => {
    startMeter()
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

  it('of a scope that is opened from nowhere after a reaction charges it from there on', () => {
    startMeter()
    const [one, other] = [request(), request()]
    react(one, 4)
    burn(3)
    within(other, () => meter.lookAgain())
    burn(6)
    meter.check()
    expectAll([charged(one), charged(other), nobodys()], [4, 6, 3])
  })

  it('that the loop idled while a request had the thread, as after a lost end, has nobody', async () => {
    startMeter()
    const one = request()
    within(one, () => meter.callbackBegins(1))
    const idle = performance.nodeTiming.idleTime
    // On a busy machine a timer may be late without any idling.
    await until(() => performance.nodeTiming.idleTime - idle > 5)
    meter.check()
    burn(4)
    meter.check()
    expect(charged(one)).toBe(0)
    expect(nobodys()).toBeGreaterThanOrEqual(4)
  })

  it('that something went wrong has nobody, and goes on', () => {
    startMeter()
    const one = request()
    within(one, () => meter.callbackBegins(1))
    meter.giveUp()
    burn(4)
    within(one, () => meter.callbackBegins(2))
    burn(3)
    meter.callbackEnds(2)
    meter.check()
    expectAll([charged(one), nobodys()], [3, 4])
  })

  it.each([
    ['a scope', (fn: () => void) => meter.run(request(), fn)],
    ['Spoor’s own work', (fn: () => void) => meter.watch(fn)],
  ])('of %s that is opened from nowhere after a reaction leaves out what lay between', (_, open) => {
    startMeter()
    const one = request()
    react(one, 4)
    burn(6)
    open(() => burn(2))
    meter.check()
    expectAll([charged(one), nobodys()], [4, 6])
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
  ])('that the time of a request was over when %s within it ends has nobody', (_, inner) => {
    startMeter()
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
    expectAll([charged(one), nobodys()], [4, 6])
  })

  it('of reactions after it gave up within one takes those of one request for one slice again', () => {
    startMeter()
    const one = request()
    within(one, () => meter.reactionBegins())
    meter.giveUp()
    for (let reaction = 0; reaction < 5; reaction++) {
      within(one, () => meter.reactionBegins())
      within(one, () => meter.reactionEnds())
    }
    meter.check()
    expect(one.work.charge?.slices).toBe(1)
  })
})
