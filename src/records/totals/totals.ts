import type { WorkContext } from '../../context/request-context.js'
import type { TotalsEntry, TotalsHeld, TotalsQuery, TotalsReading, TotalsWindow } from './totals-types.js'

/** The totals of one instance: what its accounts and routes used in the last day. Bounded. */
export class Totals {
  /** Counts a finished request or job. */
  add(_entry: TotalsEntry): void {}

  /** Adds a window, in which all work was measured. */
  addWindow(_window: TotalsWindow): void {}

  /** Adds CPU that work used after its end, where all work is measured. */
  addLate(_context: WorkContext, _cpuMs: number): void {}

  /** Adds a time in which work held other work up, where all work is measured. */
  addHeld(_held: TotalsHeld): void {}

  read({ spanMs }: TotalsQuery): TotalsReading {
    const to = Date.now()
    return { from: to - spanMs, to, exact: false, wallMs: spanMs, all: noRow, rows: [] }
  }
}

const noRow = {
  requests: 0,
  jobs: 0,
  errors: 0,
  exact: false,
  heldOthers: { requests: 0, ms: 0 },
  queries: 0,
  queryMs: 0,
  poolMs: 0,
  holdMs: 0,
  bytes: 0,
  duration: { mean: 0 },
  perMinute: () => [],
}
