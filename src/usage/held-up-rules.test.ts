import { expect, it } from 'vitest'
import { createContext } from '../context/request-context.js'
import { Charge } from '../work/charge.js'
import { HeldUp } from '../work/held-up.js'
import { type Held, HeldUpWatch } from './held-up.js'
import { Ledger } from './ledger.js'

/** A watch whose loop was last idle at 100 ms, and what it tells. */
function watch(): { heldUp: HeldUpWatch; owner: () => Charge; told: Held[]; ledger: Ledger } {
  const ledger = new Ledger()
  const heldUp = new HeldUpWatch(ledger.unattributed, ledger.watching)
  const told: Held[] = []
  heldUp.onHeld = (held) => told.push(held)
  heldUp.start(50, 1)
  heldUp.turns.look(100, 2)
  const owner = (): Charge => {
    const charge = new Charge(ledger.requests, 10, 10)
    charge.context = createContext('request')
    charge.heldUp = new HeldUp()
    return charge
  }
  return { heldUp, owner, told, ledger }
}

it('a request is held up since the loop was last idle, by the run in that time', () => {
  const { heldUp, owner, told } = watch()
  const [culprit, victim] = [owner(), owner()]
  heldUp.note(culprit, 100, 130)
  heldUp.begins(victim, victim.heldUp as HeldUp, 131)
  expect(victim.heldUp?.ms).toBe(31)
  expect(victim.heldUp?.runs).toEqual([{ start: 100, end: 130, by: culprit }])
  expect(told).toEqual([{ victim: victim.context, by: culprit.context, start: 100, ms: 30 }])
})

it('no request is held up before its own last code, or for less than a millisecond', () => {
  const { heldUp, owner } = watch()
  const [culprit, victim] = [owner(), owner()]
  heldUp.note(culprit, 100, 130)
  victim.lastTick = 130.5
  heldUp.begins(victim, victim.heldUp as HeldUp, 131)
  expect(victim.heldUp?.ms).toBe(0)
  expect(victim.heldUp?.runs).toEqual([])
})

it.each([
  ['a pause of the garbage collector', (heldUp: HeldUpWatch) => heldUp.pauses.add(101, 127), 0],
  ['waiting for a core', () => {}, 26],
])('a run that is long only by %s names no request', (_, happens, waitedMs) => {
  const { heldUp, owner, told } = watch()
  const [culprit, victim] = [owner(), owner()]
  heldUp.note(culprit, 100, 130, waitedMs)
  happens(heldUp)
  heldUp.begins(victim, victim.heldUp as HeldUp, 131)
  expect(victim.heldUp?.ms).toBe(31)
  expect(victim.heldUp?.runs).toEqual([])
  expect(told).toEqual([])
})

it('a pause that Node reports before the end of the request takes a name away', () => {
  const { heldUp, owner } = watch()
  const [culprit, victim] = [owner(), owner()]
  heldUp.note(culprit, 100, 130)
  heldUp.begins(victim, victim.heldUp as HeldUp, 131)
  expect(victim.heldUp?.runs).toHaveLength(1)
  heldUp.pauses.add(101, 127)
  heldUp.settle(victim.heldUp as HeldUp)
  expect(victim.heldUp?.runs).toEqual([])
})

it('back-to-back slices of one request are one run, and code outside requests is nameless', () => {
  const { heldUp, owner, told, ledger } = watch()
  const [culprit, victim] = [owner(), owner()]
  for (let at = 100; at < 120; at++) heldUp.note(culprit, at, at + 0.9)
  heldUp.note(ledger.unattributed, 120, 126)
  heldUp.begins(victim, victim.heldUp as HeldUp, 126)
  expect(victim.heldUp?.runs).toEqual([
    { start: 100, end: 119.9, by: culprit },
    { start: 120, end: 126, by: ledger.unattributed },
  ])
  expect(told.map(({ by }) => by)).toEqual([culprit.context, undefined])
})

it('a run in the earlier half of the time names no request, because it may have been over before', () => {
  const { heldUp, owner } = watch()
  const [culprit, other, victim] = [owner(), owner(), owner()]
  heldUp.note(culprit, 100, 110)
  heldUp.note(other, 110, 125)
  heldUp.begins(victim, victim.heldUp as HeldUp, 125)
  expect(victim.heldUp?.ms).toBe(25)
  expect(victim.heldUp?.runs).toEqual([{ start: 110, end: 125, by: other }])
})

it('keeps the 16 longest runs, in order of time', () => {
  const heldUp = new HeldUp()
  const { owner } = watch()
  const owners = Array.from({ length: 20 }, owner)
  for (const [at, by] of owners.entries()) heldUp.addRun(at * 100, at * 100 + 5 + ((at * 7) % 20), by)
  const lengths = heldUp.runs.map(({ start, end }) => end - start)
  expect(lengths).toHaveLength(16)
  expect(Math.min(...lengths)).toBe(9)
  expect(heldUp.runs.map(({ start }) => start)).toEqual(heldUp.runs.map(({ start }) => start).sort((a, b) => a - b))
})
