/** What a row has in a column; undefined is not known. */
export type Cell = number | string | undefined

/** Which column orders a table: its key, and whether the least comes first. */
export interface Order {
  readonly column: string
  readonly isUp: boolean
}

/** Reads an order from the URL: `requests`, or `requests.up` for the least first. */
export function readOrder(text: string | null, columns: readonly string[], first: string): Order {
  const isUp = text?.endsWith('.up') ?? false
  const column = isUp ? text?.slice(0, -3) : text
  return columns.includes(column ?? '') ? { column: column as string, isUp } : { column: first, isUp: false }
}

/** Writes an order for the URL. Undefined: it is the first one. */
export function writeOrder({ column, isUp }: Order, first: string): string | undefined {
  if (column === first && !isUp) return undefined
  return isUp ? `${column}.up` : column
}

/** The order after a press on a column's head: a second press turns it round. */
export function pressed({ column, isUp }: Order, on: string): Order {
  return { column: on, isUp: column === on ? !isUp : false }
}

/** The order by the next column. */
export function nextOrder({ column }: Order, columns: readonly string[]): Order {
  const at = columns.indexOf(column)
  return { column: columns[(at + 1) % columns.length] ?? column, isUp: false }
}

/**
 * Rows in an order. What is not known is last, and `(other)` is last of all; equal ones stay as the service gave them.
 *
 * @param isLast names the rows that stand below all others
 */
export function sortRows<Item>(
  rows: readonly Item[],
  cellOf: (row: Item) => Cell,
  isUp: boolean,
  isLast: (row: Item) => boolean,
): Item[] {
  const keyed = rows.map((row) => ({ row, value: cellOf(row), last: Number(isLast(row)) }))
  keyed.sort((one, other) => one.last - other.last || compared(one.value, other.value, isUp))
  return keyed.map(({ row }) => row)
}

function compared(one: Cell, other: Cell, isUp: boolean): number {
  if (!isKnown(one) || !isKnown(other)) return Number(!isKnown(one)) - Number(!isKnown(other))
  if (one === other) return 0
  const isLess = typeof one === typeof other ? one < other : typeof one === 'number'
  return isLess === isUp ? -1 : 1
}

function isKnown(value: Cell): value is number | string {
  return value !== undefined && !Number.isNaN(value)
}

/**
 * The new rows in the order that a reader looks at: rows that were there keep their places, new ones follow. Nothing moves
 * under the pointer.
 */
export function inKeptOrder<Item>(
  rows: readonly Item[],
  kept: readonly string[],
  keyOf: (row: Item) => string,
): Item[] {
  const places = new Map(kept.map((key, at) => [key, at]))
  const place = (row: Item): number => places.get(keyOf(row)) ?? kept.length
  return [...rows].sort((one, other) => place(one) - place(other))
}
