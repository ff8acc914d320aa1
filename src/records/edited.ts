import type { SafeValue } from '../safe-values/safe-value.js'
import { editableTextNames, listNames } from './record-names.js'

/**
 * Applies the service's `beforeLine` to the fields of a line in `requests`. Returns undefined if `beforeLine` drops the
 * line.
 */
export type Edit = (fields: object, message: string) => Readonly<Record<string, SafeValue>> | undefined

const maxText = 2_000

/** The members that records and open requests share. */
interface Shown {
  readonly name?: string | undefined
  readonly method?: string | undefined
  readonly path?: string | undefined
}

/**
 * Applies the changes of `beforeLine` to the texts, lists, fields and counts of a record or open request. Ids, account
 * and all other numbers stay, because they decide who may read it. Returns undefined if `beforeLine` drops the line.
 */
export function edited<T extends Shown>(of: T, fields: object, edit: Edit): T | undefined {
  const left = edit(fields, `${of.name ?? `${of.method ?? '-'} ${of.path ?? '-'}`}`)
  if (left === undefined) return undefined
  const out = { ...of } as Record<string, unknown>
  for (const name of editableTextNames) if (out[name] !== undefined) out[name] = textOf(left[name])
  if ('error' in of && of.error !== undefined) out['error'] = left['error']
  if (out['fields'] !== undefined) out['fields'] = objectOf(left['fields'])
  if (out['counts'] !== undefined) out['counts'] = numbersOf(left['counts'])
  for (const name of listNames) {
    // On the line `outgoing` is the sum of the calls.
    const lineName = name === 'outgoing' ? 'calls' : name
    if (Array.isArray(out[name])) out[name] = sameShape(out[name], left[lineName])
  }
  return out as T
}

function textOf(value: SafeValue | undefined): string | undefined {
  return value === undefined || value === null ? undefined : String(value).slice(0, maxText)
}

function objectOf(value: SafeValue | undefined): SafeValue | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
}

/** The numbers of an object; undefined without any. */
function numbersOf(value: SafeValue | undefined): SafeValue | undefined {
  const numbers = Object.entries(objectOf(value) ?? {}).filter(([, one]) => typeof one === 'number')
  return numbers.length === 0 ? undefined : Object.fromEntries(numbers)
}

/** The items of `own` with the texts of `left`; an empty list if `left` is not a list. */
function sameShape(own: readonly unknown[], left: SafeValue | undefined): readonly unknown[] {
  if (!Array.isArray(left)) return []
  return own.slice(0, left.length).map((item, at) => itemOf(item as Record<string, unknown>, left[at]))
}

function itemOf(own: Record<string, unknown>, left: SafeValue | undefined): Record<string, unknown> {
  const given = typeof left === 'object' && left !== null && !Array.isArray(left) ? left : {}
  const members = Object.entries(own).map(([name, value]) => {
    return [name, typeof value === 'string' ? (textOf(given[name]) ?? '') : value]
  })
  return Object.fromEntries(members)
}
