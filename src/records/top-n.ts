import { newestFirst, type Position } from './cursor.js'
import type { StoredRecord } from './record.js'

/** Collects the n newest records. It is fastest if records arrive almost newest first. */
export class TopN {
  readonly items: StoredRecord[] = []
  readonly #max: number
  readonly #behind: Position | undefined

  /** @param behind the end of the previous page */
  constructor(max: number, behind: Position | undefined) {
    this.#max = max
    this.#behind = behind
  }

  /** True if `record` would be among the n. A cheap test to run before others. */
  takes(record: Position): boolean {
    if (this.#behind !== undefined && newestFirst(this.#behind, record) >= 0) return false
    const last = this.items[this.#max - 1]
    return last === undefined || newestFirst(record, last) < 0
  }

  /** True if all n are found, and no record that started at `start` or earlier can be among them. */
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
