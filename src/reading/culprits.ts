import type { StoredRecord } from '../records/record.js'
import type { HeldUpBy } from '../records/record-parts.js'
import { shownName } from './shown-name.js'

/** The work that held a request up for longest. */
export interface Culprit {
  readonly name: string
  /** The id of its request or job; undefined if it has none, or is another account's. */
  readonly id: string | undefined
  /** How many others held it up. */
  readonly others: number
}

/** The work that held a request up for longest before or after its start. Undefined if no work is known. */
export function culpritOf({ heldUp = [] }: StoredRecord, part: 'before' | 'after'): Culprit | undefined {
  const sums = new Map<string, { ms: number; readonly id: string | undefined }>()
  for (const { startMs, durationMs, by } of heldUp) {
    if (startMs < 0 !== (part === 'before')) continue
    const name = nameOf(by)
    const sum = sums.get(name)
    if (sum === undefined) sums.set(name, { ms: durationMs, id: by.kind === 'other account' ? undefined : by.id })
    else sum.ms += durationMs
  }
  const [longest] = [...sums].sort(([, a], [, b]) => b.ms - a.ms)
  return longest && { name: longest[0], id: longest[1].id, others: sums.size - 1 }
}

/** The same in words: ` by POST /api/v1/export of globex and 1 other`. Empty if no work is known. */
export function culpritsOf(record: StoredRecord, part: 'before' | 'after'): string {
  const culprit = culpritOf(record, part)
  if (culprit === undefined) return ''
  const { name, others } = culprit
  return ` by ${name}${others === 0 ? '' : ` and ${others} other${others === 1 ? '' : 's'}`}`
}

function nameOf({ kind, id, method, route, account }: HeldUpBy): string {
  if (kind === 'other account') return 'another account'
  if (kind === 'unattributed') return 'unattributed code'
  const work = route === undefined ? `${kind} ${shownName(id ?? 'unknown')}` : routeName(method, route)
  return account === undefined ? work : `${work} of ${shownName(account)}`
}

function routeName(method: string | undefined, route: string): string {
  return method === undefined ? shownName(route) : `${shownName(method)} ${shownName(route)}`
}
