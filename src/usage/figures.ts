import { roundedMs } from '../safe-values/rounded-ms.js'
import type { Charge, FileBytes, RunSpan } from '../work/charge.js'
import type { HeldUp } from '../work/held-up.js'
import type { Engine, Wanted } from './engine.js'
import type { ProcessFigures } from './process-figures.js'

/** The CPU of a request or job. Times in ms. */
export interface CpuFigures {
  readonly ms: number
  /** How often the thread began to work for it. */
  readonly slices: number
  /**
   * `wall`: the system has no CPU clock for each thread, so `ms` includes the time that the process waited for a
   * core.
   */
  readonly clock: 'thread' | 'wall'
  /** When measuring began, in ms after the start. */
  readonly fromMs: number
}

/** The memory of a request or job. */
export interface MemoryFigures {
  readonly allocatedBytes: number
}

/**
 * The resources that a request or job used, as its record has them. Times in ms, sizes in bytes. A figure that was not
 * measured is absent.
 */
export interface UsageFigures {
  readonly cpu: CpuFigures
  /** Pauses of the garbage collector in its slices that Node has reported so far; a part of `cpu.ms`. */
  readonly gcMs?: number | undefined
  readonly memory?: MemoryFigures | undefined
  readonly fs?: FileBytes | undefined
  readonly process: ProcessFigures
  /** When its code ran, in ms after the start; absent if it never ran for a quarter of a ms. */
  readonly timeline?: readonly RunSpan[] | undefined
  /** When it was held up by other code. */
  readonly heldUp?: HeldUp | undefined
}

/** The resources that a request or job used after its end. */
export interface LateFigures {
  readonly cpuMs: number
  /** Pauses that Node reported after the end. */
  readonly gcMs?: number | undefined
  /** When its code last ran, in ms after the start. */
  readonly untilMs: number
}

/** The figures of `charge` at this moment. */
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
    heldUp: charge.heldUp,
  }
}

/** The resources used since the charge had `cpuMs`; undefined if there are none. */
export function lateFiguresOf(charge: Charge, cpuMs: number, gcMs: number): LateFigures | undefined {
  const late = roundedMs(charge.cpuMs - cpuMs)
  const pauses = roundedMs(pausesOf(charge) - gcMs)
  if (late <= 0 && pauses <= 0) return undefined
  return { cpuMs: Math.max(0, late), gcMs: pauses || undefined, untilMs: roundedMs(charge.lastTick - charge.startTick) }
}

/** Node measures pauses by the wall clock. If the process waited for a core in a pause, that time used no CPU. */
export function pausesOf({ gcMs, cpuMs }: Charge): number {
  return Math.min(gcMs, cpuMs)
}
