/** The owner of CPU: a request, a job, a scope opened by `spoor.run`, no known context, or Spoor itself. */
export type ChargeKind = 'request' | 'job' | 'run' | 'unattributed' | 'watching'

/** What all charges of one kind add up to. */
export interface ChargeTotal {
  readonly kind: ChargeKind
  cpuMs: number
}

/** Start and length of a stretch of time, in ms. */
export type Span = readonly [startMs: number, durationMs: number]

/** Keeps the stretches (`performance.now()`) in which work ran. */
export interface Stretches {
  add(start: number, end: number): void
  /** Those so far, in ms after `origin`; undefined if there were none. */
  spans(origin: number): Span[] | undefined
}

/** Bytes and operations of `node:fs`. */
export interface FileBytes {
  readBytes: number
  writtenBytes: number
  operations: number
}

/**
 * What one request or job is charged with while it is measured: `usage/meter.ts` adds to it at the end of each slice,
 * the stretch of time in which the thread ran nothing but its code. Times are `performance.now()` and ms, sizes bytes.
 */
export class Charge {
  readonly kind: ChargeKind
  readonly total: ChargeTotal
  /** When the work began, and when measuring it did. */
  readonly startTick: number
  readonly fromTick: number
  cpuMs = 0
  /** Pauses of the garbage collector within its slices; a part of `cpuMs`. */
  gcMs = 0
  /** When its last slice ended. */
  lastTick = 0
  slices = 0
  allocatedBytes = 0
  /** Its time to be charged is over: what still runs for it is unattributed. */
  settled = false
  timeline: Stretches | undefined
  fs: FileBytes | undefined = undefined
  /** What the whole process had used when measuring began; the code that put it there knows its shape. */
  processBefore: object | undefined = undefined

  constructor(total: ChargeTotal, startTick: number, fromTick: number, timeline?: Stretches) {
    this.kind = total.kind
    this.total = total
    this.startTick = startTick
    this.fromTick = fromTick
    this.timeline = timeline
  }
}
