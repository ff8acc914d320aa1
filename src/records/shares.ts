import type { KeptRecord } from './record.js'

/** How a record's duration divides, ms; the members add up to it. Absent members were not told apart from `otherMs`. */
export interface Shares {
  readonly cpuMs: number
  readonly heldUpMs?: number | undefined
  readonly outgoingMs: number
  readonly stepsMs: number
  readonly otherMs: number
  readonly unmeasuredMs: number
}

/** Kinds of time a list can be filtered by; steps and what was not measured are `other`. */
export type MostlyKind = 'cpu' | 'held' | 'outgoing' | 'other'

/** @returns undefined where it was not measured */
export function sharesOf({ cpu, waits }: KeptRecord): Shares | undefined {
  return cpu === undefined || waits === undefined ? undefined : { cpuMs: cpu.ms, ...waits }
}

/** The kind of time that took most of it; of equals the first. @returns undefined where it was not measured */
export function mostlyOf(record: KeptRecord): MostlyKind | undefined {
  const { cpu, waits } = record
  if (cpu === undefined || waits === undefined) return undefined
  const held = waits.heldUpMs ?? 0
  const other = waits.stepsMs + waits.otherMs + waits.unmeasuredMs
  const most = Math.max(cpu.ms, held, waits.outgoingMs, other)
  if (cpu.ms === most) return 'cpu'
  if (held === most) return 'held'
  return waits.outgoingMs === most ? 'outgoing' : 'other'
}
