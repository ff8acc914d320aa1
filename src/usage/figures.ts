import { roundedMs } from '../safe-values/rounded-ms.js'
import type { Charge, FileBytes, Span } from '../work/charge.js'
import type { Engine, Wanted } from './engine.js'
import type { ProcessFigures } from './process-figures.js'

/** What a request or job used, as its record has it. Times in ms, sizes in bytes; what was not measured is absent. */
export interface UsageFigures {
  readonly cpu: {
    readonly ms: number
    /** How often the thread came to it. */
    readonly slices: number
    /** `wall`: there was no clock of the thread, so that `ms` holds what the process waited for a core. */
    readonly clock: 'thread' | 'wall'
    /** When measuring began, after the start. */
    readonly fromMs: number
  }
  /** Pauses of the garbage collector in its slices, as far as Node had told of them; part of `cpu.ms`. */
  readonly gcMs?: number | undefined
  readonly memory?: { readonly allocatedBytes: number } | undefined
  readonly fs?: FileBytes | undefined
  readonly process: ProcessFigures
  /** When it ran, after the start; absent if it never ran for a quarter of a ms. */
  readonly timeline?: readonly Span[] | undefined
}

/** What it used after its end. */
export interface LateFigures {
  readonly cpuMs: number
  /** Pauses of which Node told after the end. */
  readonly gcMs?: number | undefined
  /** When it last ran, after the start. */
  readonly untilMs: number
}

/** What `charge` holds now. */
export function figuresOf(charge: Charge, { meter, reader, inFlight }: Engine, wanted: Wanted): UsageFigures {
  return {
    cpu: {
      ms: roundedMs(charge.cpuMs),
      slices: charge.slices,
      clock: meter.slices.clock,
      fromMs: roundedMs(charge.fromTick - charge.startTick),
    },
    gcMs: roundedMs(pausesOf(charge)) || undefined,
    memory:
      wanted.memory && meter.slices.allocated !== undefined ? { allocatedBytes: charge.allocatedBytes } : undefined,
    fs: charge.fs && { ...charge.fs },
    process: reader.since(charge.processBefore as object, inFlight),
    timeline: charge.timeline?.spans(charge.startTick),
  }
}

/** What it has used since it had used `cpuMs`; undefined if nothing. */
export function lateFiguresOf(charge: Charge, cpuMs: number, gcMs: number): LateFigures | undefined {
  const late = roundedMs(charge.cpuMs - cpuMs)
  const pauses = roundedMs(pausesOf(charge) - gcMs)
  if (late <= 0 && pauses <= 0) return undefined
  return { cpuMs: Math.max(0, late), gcMs: pauses || undefined, untilMs: roundedMs(charge.lastTick - charge.startTick) }
}

/** Node measures pauses by the wall clock: the wait for a core in a pause did not use CPU. */
export function pausesOf({ gcMs, cpuMs }: Charge): number {
  return Math.min(gcMs, cpuMs)
}
