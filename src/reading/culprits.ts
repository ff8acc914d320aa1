import type { StoredRecord } from '../records/record.js'
import type { HeldUpBy } from '../records/record-parts.js'
import { shownName } from './shown-name.js'

/**
 * Names the work that held a request up for longest before or after its start, and the number of others: ` by POST
 * /api/v1/export of globex and 1 other`. Empty if nobody is known.
 */
export function culpritsOf({ heldUp = [] }: StoredRecord, part: 'before' | 'after'): string {
  const sums = new Map<string, number>()
  for (const { startMs, durationMs, by } of heldUp) {
    if (startMs < 0 !== (part === 'before')) continue
    const name = nameOf(by)
    sums.set(name, (sums.get(name) ?? 0) + durationMs)
  }
  const [longest] = [...sums].sort(([, a], [, b]) => b - a)
  if (longest === undefined) return ''
  const others = sums.size - 1
  return ` by ${longest[0]}${others === 0 ? '' : ` and ${others} other${others === 1 ? '' : 's'}`}`
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
