import type { WorkContext } from '../../context/request-context.js'
import { type Facts, factsOf } from './facts.js'

/** The places of the cells in `Marks.memory`, each of 32 bits. */
export const cells = { switches: 0, charged: 1, entered: 2 } as const

const headBytes = 16
const slots = 128
export const slotBytes = 1_024

/**
 * Says in shared memory for which request or job the thread works now, so that another thread can read it while this thread
 * is blocked. A switch costs two or three writes of a number. The facts about a request are written once, to one of 128 slots,
 * and again when its account changes.
 */
export class Marks {
  readonly memory: SharedArrayBuffer = new SharedArrayBuffer(headBytes + slots * slotBytes)
  /** See `cells`. Code that may call no function writes here itself. */
  readonly cells: Int32Array = new Int32Array(this.memory, 0, headBytes / 4)
  readonly #lengths = new Int32Array(this.memory)
  readonly #bytes = Buffer.from(this.memory)
  readonly #owners: (WorkContext | undefined)[] = new Array(slots + 1).fill(undefined)
  readonly #accounts: (string | undefined)[] = new Array(slots + 1).fill(undefined)
  #last = 0

  /** The hooks say that the thread works for `context` from now on; undefined for no known request or job. */
  charged(context: object | undefined): void {
    const all = this.cells
    all[cells.switches] = (all[cells.switches] as number) + 1
    all[cells.charged] = context === undefined ? 0 : this.#slotOf(context as WorkContext)
  }

  /** Code enters `context` by `runWith`. @returns the value for `left` */
  entered(context: WorkContext | undefined): number {
    const all = this.cells
    const before = all[cells.entered] as number
    all[cells.switches] = (all[cells.switches] as number) + 1
    all[cells.entered] = context === undefined ? 0 : this.#slotOf(context)
    return before
  }

  /** The code has returned. */
  left(before: number): void {
    this.cells[cells.entered] = before
  }

  /** The account of `context` has changed. */
  changed(context: WorkContext): void {
    if (this.#owners[context.work.slot] === context) this.#describe(context)
  }

  #slotOf(context: WorkContext): number {
    const { slot } = context.work
    if (this.#owners[slot] === context && this.#accounts[slot] === context.account) return slot
    return this.#describe(context)
  }

  #describe(context: WorkContext): number {
    const { work } = context
    const isKept = this.#owners[work.slot] === context
    if (!isKept) this.#last = (this.#last % slots) + 1
    const slot = isKept ? work.slot : this.#last
    this.#owners[slot] = context
    this.#accounts[slot] = context.account
    work.slot = slot
    this.#write(slot, factsOf(context))
    return slot
  }

  /** Text that does not fit is left out as a whole: a shortened account could be the account of somebody else. */
  #write(slot: number, facts: Facts): void {
    const start = headBytes + (slot - 1) * slotBytes
    const text = [facts, { ...facts, account: undefined }, { what: facts.what }]
      .map((some) => JSON.stringify(some))
      .find((json) => Buffer.byteLength(json) <= slotBytes - 4)
    this.#lengths[start / 4] = text === undefined ? 0 : this.#bytes.write(text, start + 4)
  }
}
