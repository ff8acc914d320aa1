import { setContextSwitchListener } from '../context/storage.js'
import { oncePerProcess } from '../process/once.js'
import { allocationCounter } from './allocations.js'
import { callbackHooks } from './async-hooks.js'
import { type CpuClock, openCpuClock } from './cpu-clock.js'
import { countFileBytes } from './file-bytes.js'
import { GcPauses } from './gc-pauses.js'
import { type Books, booksOf } from './ledger.js'
import { Meter } from './meter.js'
import { ProcessReader } from './process-figures.js'

/** What an instance wants measured besides CPU. */
export interface Wanted {
  readonly memory: boolean
  readonly fs: boolean
}

/**
 * Measures in this thread. It exists once for all instances and copies of the package: two would charge everything
 * twice. It exists from the first `join` to the last `leave`, and is on while a user holds it.
 */
export class Engine {
  readonly meter: Meter
  readonly reader: ProcessReader = new ProcessReader()
  /** How many are measured and have not ended. */
  inFlight = 0
  /** The warning about a missing clock of the thread was given. */
  saidNoClock = false
  readonly #clock: CpuClock = openCpuClock()
  readonly #gc = new GcPauses()
  readonly #switchOn: () => () => void
  readonly #wanted = new Set<Wanted>()
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
    this.#switchOn = callbackHooks(this.meter)
  }

  /** @returns false if no user is left */
  leave(wanted: Wanted): boolean {
    this.#wanted.delete(wanted)
    this.#fit()
    if (this.#wanted.size > 0) return true
    // Scopes may outlive it, and come to one that is made later.
    this.meter.ledger.runs.settled = true
    this.#clock.close()
    this.reader.close()
    return false
  }

  join(wanted: Wanted): void {
    this.#wanted.add(wanted)
    this.#fit()
  }

  /** @returns what lets go; the last one switches everything off */
  hold(): () => void {
    if (++this.#holders === 1) this.#on()
    let held = true
    return () => {
      if (held && --this.#holders === 0) this.#off()
      held = false
    }
  }

  books(): Books {
    this.meter.check()
    return booksOf(this.meter.ledger, this.meter.slices)
  }

  /** Since when this is there (ISO 8601), and how much of that time it was on, 0 to 1. */
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

  /** Measures only what its users want. */
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

/** Joins the engine of this thread as one more user. @returns the engine and a function that leaves it */
export function joinEngine({ memory, fs }: Wanted): { engine: Engine; leave: () => void } {
  const wanted: Wanted = { memory, fs }
  // The number rises when Engine, Meter or Charge change their shape.
  const place = oncePerProcess<{ engine: Engine | undefined }>('usage.1', () => ({ engine: undefined }))
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
