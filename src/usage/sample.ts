import type { WorkContext } from '../context/request-context.js'
import { Charge, type ChargeTotal } from '../work/charge.js'
import { HeldUp } from '../work/held-up.js'
import type { Ledger } from './ledger.js'

/** The CPU of one request, job or scope within a window. */
export interface Share {
  readonly context: WorkContext
  readonly cpuMs: number
}

interface Entry {
  readonly charge: Charge
  readonly context: WorkContext
  /** The CPU of the charge before the window. */
  readonly fromMs: number
}

/**
 * The charges of one window. Work that is not measured gets a light charge, without timeline and record, which ends with the
 * window. Work that is measured is noted with its CPU until then.
 */
export class Sample {
  readonly #ledger: Ledger
  readonly #startTick: number
  readonly #entries: Entry[] = []
  /** Marks the charges of this window. Charges live longer, and must not keep the contexts of the window in memory. */
  readonly #mark: object = {}

  constructor(ledger: Ledger, startTick: number) {
    this.#ledger = ledger
    this.#startTick = startTick
  }

  /** The charge of work that is not measured. */
  chargeOf(context: WorkContext, startTick: number = this.#startTick): Charge {
    const { work } = context
    if (work.sampled?.window === this.#mark) return work.sampled
    // Work that began before the window may have waited since the window began.
    const charge = new Charge(this.#totalOf(context), startTick, startTick)
    charge.heldUp = new HeldUp()
    work.sampled = charge
    this.#add(charge, ownerOf(context))
    return charge
  }

  /** Notes a charge that has the thread now. */
  note(charge: Charge): void {
    if (charge.window !== this.#mark && charge.context !== undefined) this.#add(charge, charge.context as WorkContext)
  }

  /** The shares until now. */
  shares(): Share[] {
    // Work may have a light charge first, and be measured later.
    const byContext = new Map<WorkContext, number>()
    for (const { charge, context, fromMs } of this.#entries) {
      const cpuMs = charge.cpuMs - fromMs
      if (cpuMs > 0) byContext.set(context, (byContext.get(context) ?? 0) + cpuMs)
    }
    return Array.from(byContext, ([context, cpuMs]) => ({ context, cpuMs }))
  }

  /** Ends the light charges. */
  end(): void {
    for (const { charge, context } of this.#entries) {
      if (context.work.sampled !== charge) continue
      context.work.sampled = undefined
      charge.settled = true
      charge.heldUp = undefined
    }
  }

  #add(charge: Charge, context: WorkContext): void {
    charge.window = this.#mark
    charge.context = context
    this.#entries.push({ charge, context, fromMs: charge.cpuMs })
  }

  #totalOf({ kind }: WorkContext): ChargeTotal {
    if (kind === 'request') return this.#ledger.requests
    return kind === 'job' ? this.#ledger.jobs : this.#ledger.runs.total
  }
}

/** A scope inside a request shares the work of the request, and so its charge. */
export function ownerOf(context: WorkContext): WorkContext {
  const within = context.within as WorkContext | undefined
  return within?.work === context.work ? within : context
}
