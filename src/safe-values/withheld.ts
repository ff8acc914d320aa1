import { types } from 'node:util'
import { shownStatement } from './database-error.js'
import type { Withheld } from './secret-places.js'
import { readOrUndefined } from './value-kinds.js'

/** The text that a line has in place of a withheld member of an error; null if the member is left out. */
export function withheldAs(kind: Exclude<Withheld, 'message'>, value: unknown, system: string): string | null {
  if (kind === 'left out') return null
  if (kind === 'body') return '[left out]'
  if (typeof value !== 'string' || kind === 'parameters') return countOf(value)
  return (kind === 'statement' ? shownStatement(value, system) : undefined) ?? '[sql]'
}

/** The number of values in a list or an object: `[3 values]`. */
function countOf(value: unknown): string {
  const count = readOrUndefined(() => sizeOf(value)) ?? 1
  return `[${count} ${count === 1 ? 'value' : 'values'}]`
}

function sizeOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return 1
  if (Array.isArray(value)) return value.length
  return types.isMap(value) || types.isSet(value) ? value.size : Object.keys(value).length
}
