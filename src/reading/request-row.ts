import { parseLine } from '../logging/parser.js'
import { mayReadAccount, type ReadAccess, seesAll } from '../records/read-access.js'
import { own } from '../safe-values/own-member.js'
import { ownerText } from './owner-text.js'
import { withoutInFlight } from './withheld-in-flight.js'

/** A request line, as members by name, without a check of their kinds. */
export type RequestRow = Readonly<Record<string, unknown>>

/** Members of request lines, by which a source may select. */
export type RowMembers = Readonly<
  Partial<Record<'account' | 'user' | 'route' | 'kind' | 'parentId' | 'requestId', string | undefined>>
>

/** Which request lines are read. */
export interface RowsAsked {
  readonly access: ReadAccess
  /** Lines written at or after this time, ms since the epoch. */
  readonly from: number
  /** Asks for the newest lines first. Only a source with `canReverse` does so. */
  readonly newestFirst?: boolean | undefined
  /** Members that the caller looks for. A source may leave other rows out; the caller tests all rows. */
  readonly equal?: RowMembers | undefined
  /** Gets the text of each line of totals, if the reader sees everything. */
  readonly onTotals?: ((line: string) => void) | undefined
  /** Called with the name of each file that cannot be opened. */
  readonly skipped?: ((name: string) => void) | undefined
}

/** Makes the reader of the lines of finished requests and jobs. Lines of other accounts are skipped before they are parsed. */
export function rowReader({ access, from, onTotals }: RowsAsked): (lines: readonly string[]) => RequestRow[] {
  const owner = seesAll(access) ? undefined : ownerText(access.account)
  const since = new Date(from).toISOString()
  return (lines) => {
    const rows: RequestRow[] = []
    for (const text of lines) {
      if (owner !== undefined && !text.includes(owner)) continue
      // A line of totals belongs to nobody, and names many accounts.
      if (onTotals !== undefined && owner === undefined && text.includes('"kind":"totals"')) onTotals(text)
      const row = rowOf(text)
      if (row === undefined || String(row['time']) < since) continue
      const account = own(row, 'account')
      if ((typeof account === 'string' || account === undefined) && mayReadAccount(access, account))
        rows.push(withoutInFlight(access, row))
    }
    return rows
  }
}

/** Nine of ten lines are JSON of Spoor's own format: the parser for all formats takes twice as long. */
function rowOf(text: string): RequestRow | undefined {
  if (!text.includes('"kind":"request"') && !text.includes('"kind":"job"')) return undefined
  if (text.startsWith('{"time":"')) {
    const row = parsed(text)
    if (row !== undefined && row['logger'] === 'requests') return isOutcome(row) ? row : undefined
  }
  const line = parseLine(text)
  if (line?.logger !== 'requests') return undefined
  const { requestId, parentId, account, time, fields } = line
  const row = { ...fields, requestId, parentId, account, time: new Date(time).toISOString() }
  return isOutcome(row) ? row : undefined
}

function parsed(text: string): RequestRow | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isOutcome({ kind, durationMs }: RequestRow): boolean {
  return (kind === 'request' || kind === 'job') && typeof durationMs === 'number'
}

/** True for a 5xx, and for an error without a response. */
export function hasFailed(row: RequestRow): boolean {
  const status = own(row, 'status')
  if (own(row, 'kind') === 'job' || status === undefined) return own(row, 'error') !== undefined
  return typeof status === 'number' && status >= 500
}
