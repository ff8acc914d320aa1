import type { CountNames } from './count-names.js'
import { type FigureName, place, width } from './figures.js'
import type { Table } from './table.js'
import type { TotalsRow } from './totals-types.js'

/** The figures of a row, as readings and lines have them. */
export type RowFigures = Omit<TotalsRow, 'account' | 'method' | 'route' | 'perMinute' | 'routes'>

/** What is known of the CPU of a table's rows. */
export interface CpuKnown {
  /** True if `cpuMs` is known at all. */
  readonly isKnown: boolean
  /** True if all CPU was measured. */
  readonly isExact: boolean
}

/** The figures of the row at `at`. */
export function figuresAt(table: Table, at: number, cpu: CpuKnown, counts: CountNames): RowFigures {
  const { data } = table
  const get = (name: FigureName): number => data[at + place[name]] as number
  const [requests, jobs, windows] = [get('requests'), get('jobs'), get('windows')]
  const ended = requests + jobs
  const named = table.counts[at / width]
  // Always the same members, in one order: a reading makes thousands of these, and V8 gives them one hidden class.
  return {
    requests,
    jobs,
    errors: get('errors'),
    cpuMs: cpu.isKnown ? get('cpuMs') : undefined,
    exact: cpu.isExact && windows === 0,
    windows: windows > 0 ? windows : undefined,
    heldOthers: { requests: Math.round(get('heldRequests')), ms: get('heldMs') },
    queries: get('queries'),
    queryMs: get('queryMs'),
    poolMs: get('poolMs'),
    holdMs: get('holdMs'),
    bytes: get('bytes'),
    counts: named && namedCounts(named, counts),
    duration: { mean: ended === 0 ? 0 : get('durationMs') / ended },
  }
}

function namedCounts(counts: ReadonlyMap<number, number>, names: CountNames): Record<string, number> {
  // A service may call a count `__proto__`.
  return Object.fromEntries(Array.from(counts, ([id, value]) => [names.nameOf(id), value]))
}
