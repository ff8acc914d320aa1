import type { StoredRecord } from './record.js'
import type { RecordFilter } from './record-store.js'

/**
 * The kind of time that took most of it, of equals the first; steps, and what came before measuring, are `other`.
 *
 * @returns undefined where it was not measured
 */
export function dominantOf({ cpu, waits }: StoredRecord): RecordFilter['mostly'] {
  if (cpu === undefined || waits === undefined) return undefined
  const held = waits.heldUpMs ?? 0
  const other = waits.stepsMs + waits.otherMs + waits.unmeasuredMs
  const most = Math.max(cpu.ms, held, waits.outgoingMs, other)
  if (cpu.ms === most) return 'cpu'
  if (held === most) return 'held'
  return waits.outgoingMs === most ? 'outgoing' : 'other'
}
