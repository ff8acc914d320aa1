import { width } from './figures.js'
import type { Table } from './table.js'

/** The most counts of one table. */
const maxCounts = 8_000

/**
 * The rows of a stretch of time that is over. It keeps only figures that are not 0: most rows have a few. Older tables have
 * figures of four bytes, with seven digits.
 */
export class ClosedTable {
  readonly keys: Int32Array
  /** For each row, which figures are not 0. */
  readonly #masks: Uint16Array
  readonly #values: Float64Array | Float32Array
  readonly #countRows: Int32Array
  readonly #countNames: Uint16Array
  readonly #countValues: Float64Array

  /** Takes the rows of `table`, and with them the use of the keys. */
  constructor(table: Table, isShort = false) {
    const { data, counts } = table
    const used = data.subarray(0, table.size * width)
    let filled = 0
    for (const value of used) if (value !== 0) filled++
    this.keys = Int32Array.from(table.keys)
    this.#masks = new Uint16Array(table.size)
    this.#values = isShort ? new Float32Array(filled) : new Float64Array(filled)
    let next = 0
    for (let at = 0; at < used.length; at++) {
      const value = used[at] as number
      if (value === 0) continue
      const row = Math.floor(at / width)
      this.#masks[row] = (this.#masks[row] as number) | (1 << (at % width))
      this.#values[next++] = value
    }
    const shown = counts.flatMap((one, row) => Array.from(one ?? [], ([name, value]) => [row, name, value] as const))
    const kept = shown.slice(0, maxCounts)
    this.#countRows = Int32Array.from(kept, ([row]) => row)
    this.#countNames = Uint16Array.from(kept, ([, name]) => name)
    this.#countValues = Float64Array.from(kept, ([, , value]) => value)
  }

  /** Adds all rows to `table`. */
  addTo(table: Table): void {
    const { keys } = this
    let next = 0
    for (let row = 0; row < keys.length; row++) {
      const at = table.at(keys[row] as number)
      const { data } = table
      for (let left = this.#masks[row] as number; left !== 0; left &= left - 1) {
        const to = at + 31 - Math.clz32(left & -left)
        data[to] = (data[to] as number) + (this.#values[next++] as number)
      }
    }
    for (let at = 0; at < this.#countRows.length; at++) {
      const key = keys[this.#countRows[at] as number] as number
      table.count(table.at(key), this.#countNames[at] as number, this.#countValues[at] as number)
    }
  }

  /** Calls `act` with one figure, or with one count, of each row that has it. */
  each(figure: number | undefined, count: number | undefined, act: (key: number, value: number) => void): void {
    let next = 0
    for (let row = 0; row < this.keys.length; row++) {
      for (let left = this.#masks[row] as number; left !== 0; left &= left - 1) {
        const value = this.#values[next++] as number
        if (31 - Math.clz32(left & -left) === figure) act(this.keys[row] as number, value)
      }
    }
    for (let at = 0; at < this.#countRows.length; at++) {
      const key = this.keys[this.#countRows[at] as number] as number
      if (this.#countNames[at] === count) act(key, this.#countValues[at] as number)
    }
  }
}
