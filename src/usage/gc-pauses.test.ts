import { setTimeout as later } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { until } from '../../test/usage/burn.js'
import { Charge } from '../work/charge.js'
import { GcPauses } from './gc-pauses.js'

/** Makes garbage until Node has told of a pause. */
async function untilTold(charge: Charge): Promise<void> {
  let kept: unknown[] = []
  await until(() => {
    kept = Array.from({ length: 20_000 }, (_, at) => ({ at }))
    return charge.gcMs > 0
  })
  expect(kept).toHaveLength(20_000)
}

const owner = (): Charge => new Charge({ kind: 'request', cpuMs: 0 }, 0, 0)

it('the part of a pause inside a slice is charged to its owner; the rest is unattributed', async () => {
  const pauses = new GcPauses()
  pauses.start()
  const [past, all] = [owner(), owner()]
  pauses.note(past, 0, performance.now() - 1_000)
  pauses.note(all, performance.now(), Number.POSITIVE_INFINITY)
  await untilTold(all)
  pauses.stop()
  expect(past.gcMs).toBe(0)
})

it('a restart forgets the slices before it', async () => {
  const pauses = new GcPauses()
  const [before, after] = [owner(), owner()]
  pauses.note(before, 0, Number.POSITIVE_INFINITY)
  pauses.stop()
  pauses.start()
  pauses.note(after, 0, Number.POSITIVE_INFINITY)
  await untilTold(after)
  await later(5)
  pauses.stop()
  expect(before.gcMs).toBe(0)
})
