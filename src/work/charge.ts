import type { HeldUp } from './held-up.js'

/** The owner of CPU: a request, a job, a scope opened by `spoor.run`, no known context, or Spoor itself. */
export type ChargeKind = 'request' | 'job' | 'run' | 'unattributed' | 'watching'

/** The sum of all charges of one kind. */
export interface ChargeTotal {
  readonly kind: ChargeKind
  cpuMs: number
}

/** Start and length of a time in which code ran, in ms. */
export type RunSpan = readonly [startMs: number, durationMs: number]

/** Keeps the intervals (`performance.now()`) in which code of a request or job ran. */
export interface Stretches {
  add(start: number, end: number): void
  /** The intervals so far, in ms after `origin`; undefined if there are none. */
  spans(origin: number): RunSpan[] | undefined
}

/** Bytes and operations of `node:fs`. */
export interface FileBytes {
  readBytes: number
  writtenBytes: number
  operations: number
}

/**
 * The account book of one request or job while it is measured. `usage/meter.ts` adds to it at the end of each slice,
 * the interval in which the thread ran only code of this request or job. Times are `performance.now()` or ms, sizes are
 * in bytes.
 */
export class Charge {
  readonly kind: ChargeKind
  readonly total: ChargeTotal
  /** When the request or job began, and when measuring it began. */
  readonly startTick: number
  readonly fromTick: number
  cpuMs = 0
  /** Pauses of the garbage collector within its slices, in ms; a part of `cpuMs`. */
  gcMs = 0
  /** When its last slice ended; before the first slice, when measuring began. */
  lastTick: number
  slices = 0
  allocatedBytes = 0
  /** True when no more CPU is charged: what code of the request uses from now on is unattributed. */
  settled = false
  timeline: Stretches | undefined
  fs: FileBytes | undefined = undefined
  /** The figures of the whole process when measuring began. The code that sets this member knows its type. */
  processBefore: object | undefined = undefined
  /**
   * The context of the request or job, which names it to those it held up. `usage/held-up.ts` knows its type. Shared
   * charges have none.
   */
  context: object | undefined = undefined
  /** Its place among those that are measured now (`usage/usage.ts`). */
  open: object | undefined = undefined
  /** The last window in which it had the thread (`usage/sample.ts`). */
  window: object | undefined = undefined
  /** When it was held up by other code; undefined where that is not measured. */
  heldUp: HeldUp | undefined = undefined

  constructor(total: ChargeTotal, startTick: number, fromTick: number, timeline?: Stretches) {
    this.kind = total.kind
    this.total = total
    this.startTick = startTick
    this.fromTick = this.lastTick = fromTick
    this.timeline = timeline
  }
}
