import { chargeToOverhead, runDetached } from '../../context/storage.js'
import { type Logger, sanitizerOf } from '../../logging/logger.js'
import { withinTime } from '../../process/promises.js'
import { safeValue } from '../../safe-values/safe-value.js'
import type { TotalsStore } from '../shared-store.js'
import type { Stretch } from './stretches.js'
import type { Totals } from './totals.js'
import { bytesOfLine, linesOf, type TotalsWriter } from './totals-log.js'

/** Where the totals of a process go, so that the others can show them. */
export interface ShareTo {
  readonly store: TotalsStore
  /** Tells this process from others of the same name. */
  readonly run: string
  onFailure(error: unknown): void
}

const everyMs = 5_000
const closeWithinMs = 2_000
/** Stretches that wait while the store fails: older ones are of no use. */
const maxWaiting = 70

/** Tells a store every 5 s what was counted in the open minute, and at its end the minute and the quarter of an hour. */
export class TotalsShare {
  readonly #totals: Totals
  readonly #requests: Logger
  readonly #of: TotalsWriter
  readonly #to: ShareTo
  readonly #timer: NodeJS.Timeout
  #waiting: Stretch[] = []
  #underWay: Promise<void> | undefined

  constructor(totals: Totals, requests: Logger, of: TotalsWriter, to: ShareTo) {
    this.#totals = totals
    this.#requests = requests
    this.#of = of
    this.#to = to
    this.#timer = runDetached(() => setInterval(() => void this.tell(), everyMs))
    this.#timer.unref()
  }

  /** Tells what is left, for 2 s at most. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    const left = (async () => {
      await this.#underWay
      await this.#tell(true)
    })()
    await withinTime(left, closeWithinMs, () => new Error('late')).catch(() => {})
  }

  /** Tells what is new. Never rejects: what is over is told again the next time. */
  tell(): Promise<void> {
    this.#underWay ??= this.#tell(false).finally(() => {
      this.#underWay = undefined
    })
    return this.#underWay
  }

  async #tell(isLast: boolean): Promise<void> {
    try {
      // What was open at the last time may have been told, or is open still.
      this.#waiting = [...this.#waiting.filter(({ isOver }) => isOver), ...this.#totals.takeStretches(isLast)]
      while (this.#waiting.length > 0) {
        await this.#put(this.#waiting[0] as Stretch)
        this.#waiting.shift()
      }
    } catch (error) {
      this.#waiting = this.#waiting.slice(-maxWaiting)
      this.#to.onFailure(error)
    }
  }

  async #put({ kind, start, isOver, minute }: Stretch): Promise<void> {
    const { store, run } = this.#to
    const lines = chargeToOverhead(() => this.#linesOf(minute))
    await store.put({ instance: this.#of.instance, run, kind, start, isOver, agoMs: this.#totals.agoMs(start), lines })
  }

  #linesOf(minute: Stretch['minute']): string[] {
    const { redaction, bounds } = sanitizerOf(this.#requests)
    const lines = linesOf(minute, this.#of, bytesOfLine(this.#requests))
    return lines.map((fields) => JSON.stringify(safeValue(fields, redaction, bounds)))
  }
}
