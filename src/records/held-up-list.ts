import { namedWork } from '../context/named-work.js'
import { roundedMs } from '../safe-values/rounded-ms.js'
import { contextOf } from '../usage/held-up.js'
import type { Charge } from '../work/charge.js'
import type { HeldUp } from '../work/held-up.js'
import type { HeldUpBy, RecordedHold } from './record-parts.js'

const none: readonly never[] = Object.freeze([])
const unattributed: HeldUpBy = Object.freeze({ kind: 'unattributed' })

/** The runs that held a request or job up, as its record has them. @param since ms from the start of the record to a tick */
export function heldUpList(heldUp: HeldUp | undefined, since: (tick: number) => number): readonly RecordedHold[] {
  if (heldUp === undefined || heldUp.runs.length === 0) return none
  return heldUp.runs.map(({ start, end, by }) => {
    return { startMs: since(start), durationMs: roundedMs(end - start), by: heldUpBy(by) }
  })
}

/** Scopes outside requests and jobs share one charge, so they have no name. */
function heldUpBy(by: Charge): HeldUpBy {
  const context = contextOf(by)
  if (context === undefined) return unattributed
  const { kind, id, route, account } = namedWork(context)
  return kind === 'run' ? unattributed : { kind, id, method: context.work.method, route, account }
}
