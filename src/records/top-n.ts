import { newestFirst, type Position } from './cursor.js'
import type { StoredRecord } from './record.js'

/** The first n records of a list, in its order. It is fastest when the records come almost in that order. */
export class TopN {
  readonly items: StoredRecord[] = []
  readonly #max: number
  readonly #behind: Position | undefined

  /** @param behind where the page before ended */
  constructor(max: number, behind: Position | undefined) {
    this.#max = max
    this.#behind = behind
  }

  /** True if `record` would be among them: asked before what costs more. */
  takes(record: StoredRecord): boolean {
    if (this.#behind !== undefined && newestFirst(this.#behind, record) >= 0) return false
    const last = this.items[this.#max - 1]
    return last === undefined || newestFirst(record, last) < 0
  }

  /** True if all n are found, and nothing that started at `start` or earlier can be one of them. */
  isFullBefore(start: string): boolean {
    const last = this.items[this.#max - 1]
    return last !== undefined && last.startedAt > start
  }

  add(record: StoredRecord): void {
    let at = this.items.length
    for (; at > 0 && newestFirst(record, this.items[at - 1] as StoredRecord) < 0; at--);
    this.items.splice(at, 0, record)
    if (this.items.length > this.#max) this.items.pop()
  }
}
