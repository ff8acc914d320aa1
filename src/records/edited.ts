import type { SafeValue } from '../safe-values/safe-value.js'
import { type EditableTextName, editableTextNames, listNames } from './record.js'

/**
 * What the service's `beforeLine` makes of the fields of a line in `requests`; undefined where it drops the line.
 * Undefined instead of it: the service has none.
 */
export type Edit = (fields: object, message: string) => Readonly<Record<string, SafeValue>> | undefined

const maxText = 2_000

/** What records and open requests have in common. */
type Shown = { readonly [key in EditableTextName]?: string | undefined } & { readonly durationMs?: number }

/**
 * A record or an open request with what `beforeLine` changed or took away of its texts and lists. Ids, the account and
 * figures stay: who may read it depends on them. Undefined where the line is dropped.
 */
export function edited<T extends Shown>(of: T, fields: object, edit: Edit): T | undefined {
  const left = edit(fields, `${of.name ?? `${of.method ?? '-'} ${of.path ?? '-'}`}`)
  if (left === undefined) return undefined
  const out: Record<string, unknown> = { ...of }
  for (const name of editableTextNames) if (of[name] !== undefined) out[name] = textOf(left[name])
  if ('error' in of && of.error !== undefined) out['error'] = left['error']
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

/** The items of `own` with the texts of `left`; none where `left` is not a list like it. */
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
