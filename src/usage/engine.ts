import { setContextSwitchListener } from '../context/storage.js'
import { oncePerProcess } from '../process/once.js'
import { allocationCounter } from './allocations.js'
import { callbackHooks } from './async-hooks.js'
import { type CpuClock, openCpuClock } from './cpu-clock.js'
import { countFileBytes } from './file-bytes.js'
import { GcPauses } from './gc-pauses.js'
import { HeldEvents } from './held-events.js'
import type { Held, OnHeld } from './held-up.js'
import { type Books, booksOf } from './ledger.js'
import { Meter } from './meter.js'
import { ProcessReader } from './process-figures.js'
import { Windows } from './windows.js'

/** The measurements besides CPU that an instance needs. */
export interface Wanted {
  readonly memory: boolean
  readonly fs: boolean
}

/**
 * Measures the CPU of this thread. All instances and copies of the package share one engine, because two engines would
 * charge everything twice. The engine exists from the first `join` to the last `leave`, and is on while any instance
 * holds it.
 */
export class Engine {
  readonly meter: Meter
  readonly reader: ProcessReader = new ProcessReader()
  readonly windows: Windows = new Windows(this)
  /** The number of requests and jobs that are measured and have not ended. */
  inFlight = 0
  /** True after the warning about a missing CPU clock. */
  saidNoClock = false
  readonly #clock: CpuClock = openCpuClock()
  readonly #gc = new GcPauses()
  readonly #switchOn: () => () => void
  readonly #wanted = new Set<Wanted>()
  readonly #onHeld = new Set<OnHeld>()
  readonly #heldEvents = new HeldEvents()
  /** Milliseconds since the epoch. */
  readonly #madeAt: number = Date.now()
  readonly #madeTick: number = performance.now()
  #onSince = 0
  #onMs = 0
  #holders = 0
  #switchOff: (() => void) | undefined
  #undoFiles: (() => void) | undefined

  constructor() {
    this.meter = new Meter(this.#clock)
    this.meter.slices.onLongSlice = (owner, start, end) => this.#gc.note(owner, start, end)
    const { heldUp } = this.meter.slices
    if (heldUp !== undefined) {
      heldUp.onHeld = this.#tellHeld
      this.#gc.onPause = (start, end) => heldUp.pauses.add(start, end)
    }
    this.#switchOn = callbackHooks(this.meter)
  }

  /** @returns false if no instance uses the engine any more */
  leave(wanted: Wanted): boolean {
    this.#wanted.delete(wanted)
    this.#fit()
    if (this.#wanted.size > 0) return true
    // Scopes may outlive this engine and run while a later engine measures.
    this.meter.ledger.runs.settled = true
    this.#clock.close()
    this.meter.slices.heldUp?.close()
    this.reader.close()
    return false
  }

  join(wanted: Wanted): void {
    this.#wanted.add(wanted)
    this.#fit()
  }

  /** Switches the engine on. @returns a function that lets go; the last call of all holders switches the engine off */
  hold(): () => void {
    if (++this.#holders === 1) this.#on()
    let held = true
    return () => {
      if (held && --this.#holders === 0) this.#off()
      held = false
    }
  }

  /** Calls `listener` for each stretch in which work was held up. @returns a function that ends it */
  onHeld(listener: OnHeld): () => void {
    this.#onHeld.add(listener)
    return () => void this.#onHeld.delete(listener)
  }

  readonly #tellHeld = (held: Held): void => {
    for (const listener of this.#onHeld) listener(held)
    this.#heldEvents.add(held)
  }

  /** The CPU of the thread so far, in ms. Always 0 without a CPU clock. */
  cpuMs(): number {
    return this.#clock.cpuMs()
  }

  books(): Books {
    this.meter.check()
    return booksOf(this.meter.ledger, this.meter.slices)
  }

  /**
   * The time at which the engine was made (ISO 8601), and the share of the time since then during which it was on, 0 to
   * 1.
   */
  measured(): { readonly since: string; readonly measuredShare: number } {
    const now = performance.now()
    const on = this.#onMs + (this.#holders > 0 ? now - this.#onSince : 0)
    const measuredShare = Math.min(1, on / Math.max(1, now - this.#madeTick))
    return { since: new Date(this.#madeAt).toISOString(), measuredShare: Math.round(measuredShare * 1e4) / 1e4 }
  }

  #on(): void {
    this.#onSince = performance.now()
    this.#gc.start()
    this.#switchOff = this.#switchOn()
    setContextSwitchListener(this.meter)
    this.meter.start()
  }

  #off(): void {
    this.#onMs += performance.now() - this.#onSince
    this.meter.stop()
    setContextSwitchListener(undefined)
    this.#switchOff?.()
    this.#gc.stop()
  }

  /** Measures only what the joined instances need. */
  #fit(): void {
    const wanted = [...this.#wanted]
    const [memory, files] = [wanted.some((one) => one.memory), wanted.some((one) => one.fs)]
    const { slices } = this.meter
    if (!memory) slices.allocated = undefined
    else slices.allocated ??= allocationCounter()
    if (files) this.#undoFiles ??= countFileBytes()
    else {
      this.#undoFiles?.()
      this.#undoFiles = undefined
    }
  }
}

/** Joins the engine of this thread. @returns the engine and a function that leaves it */
export function joinEngine({ memory, fs }: Wanted): { engine: Engine; leave: () => void } {
  const wanted: Wanted = { memory, fs }
  // Increase the number when Engine, Meter or Charge change their shape.
  const place = oncePerProcess<{ engine: Engine | undefined }>('usage.2', () => ({ engine: undefined }))
  place.engine ??= new Engine()
  const { engine } = place
  engine.join(wanted)
  return {
    engine,
    leave: () => {
      if (!engine.leave(wanted) && place.engine === engine) place.engine = undefined
    },
  }
}
