import { oncePerProcess } from '../process/once.js'
import { patch } from '../process/patch.js'

/** A clock that moves only when the test moves it. */
export interface FakeClock {
  /** The time, in ms since the epoch. */
  now(): number
  /** Moves the clock. Timers that are due then do not run: they are not faked. @throws TypeError below 0 */
  advance(ms: number): void
  /** Puts the real clock back. May be called twice. */
  restore(): void
}

const defaultStart = '2026-01-01T00:00:00.000Z'

/**
 * Puts a fake clock in place of `Date.now()` and `performance.now()`, which Spoor reads: times of lines, durations and ids of a test
 * are the same in every run. It does not fake `new Date()`, timers, `process.hrtime` or CPU time: while it stands still, figures of
 * CPU are wrong. The clock is the whole process's, so tests that use it must not run beside others in one process. Restore it
 * when the requests of the test have ended.
 *
 * @param start the time to begin with: ms since the epoch, a Date or ISO 8601. Default 2026-01-01T00:00:00.000Z
 *
 * @example
 * const clock = fakeClock('2026-11-24T07:26:20.123Z')
 * logs.get('billing').info('paid')
 * clock.advance(1_500)
 * clock.restore()
 *
 * @throws TypeError for an invalid start; Error while another fake clock is in place
 */
export function fakeClock(start: number | string | Date = defaultStart): FakeClock {
  const from = new Date(start).getTime()
  if (Number.isNaN(from)) throw new TypeError('fakeClock: start: expected ms since the epoch, a Date or ISO 8601')
  const place = oncePerProcess('fake-clock.1', (): { isTaken: boolean } => ({ isTaken: false }))
  if (place.isTaken)
    throw new Error('fakeClock: expected one fake clock at a time, got a second; restore the first one')
  place.isTaken = true
  let passed = 0
  // It must not go back, and whole numbers add up exactly.
  const tick = Math.ceil(performance.now())
  const restores = [patch(Date, 'now', () => () => from + passed), patch(performance, 'now', () => () => tick + passed)]
  let isInPlace = true
  return {
    now: () => from + passed,
    advance: (ms) => {
      if (!Number.isFinite(ms) || ms < 0)
        throw new TypeError(`fakeClock: advance: expected ms from 0, got ${String(ms)}`)
      passed += ms
    },
    restore: () => {
      if (!isInPlace) return
      isInPlace = false
      place.isTaken = false
      for (const restore of restores) restore()
    },
  }
}
