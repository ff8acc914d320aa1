import { parseLine } from '../../logging/parser.js'
import { mayReadAccount, type ReadAccess, seesAll } from '../../records/read-access.js'
import { own } from '../../safe-values/own-member.js'
import { disorderMs, maxLineBytes } from '../line-bounds.js'
import { ownerText } from '../owner-text.js'
import { withoutInFlight } from '../withheld-in-flight.js'
import type { LogGroup } from './log-groups.js'
import { type OpenFile, openListed, type ReadingMode } from './open-file.js'
import { placeOfTime } from './time-in-file.js'

/** A request line, as members by name, without a check of their kinds. */
export type RequestRow = Readonly<Record<string, unknown>>

const chunkBytes = 2 ** 19
const newline = 10

/** Which request lines are read. */
export interface RowsAsked {
  readonly groups: readonly LogGroup[]
  readonly access: ReadAccess
  /** Lines written at or after this time, ms since the epoch. */
  readonly from: number
  readonly mode: ReadingMode
  /** Gets the text of each line of totals, if the reader sees everything. */
  readonly onTotals?: ((line: string) => void) | undefined
  /** Called with the name of each file that cannot be opened. */
  readonly skipped?: ((name: string) => void) | undefined
}

/**
 * Reads the lines of finished requests and jobs that were written since a time, oldest file first, in batches. Lines of other
 * accounts are skipped before they are parsed.
 */
export async function* requestRows({
  groups,
  access,
  from,
  mode,
  onTotals,
  skipped,
}: RowsAsked): AsyncGenerator<RequestRow[], void, void> {
  const owner = seesAll(access) ? undefined : ownerText(access.account)
  const ofRequests = groups.filter(isForRequests)
  // The logger may write to a file of another name.
  for (const group of ofRequests.length > 0 ? ofRequests : groups) {
    for (const listed of [...group.files].reverse()) {
      if (listed.modifiedMs < from) continue
      const file = openListed(listed, mode)
      if (file === undefined) {
        skipped?.(listed.name)
        continue
      }
      try {
        const start = await placeOfTime(file, from - disorderMs)
        for await (const lines of linesFrom(file, start)) yield rowsIn(lines, { access, owner, from, onTotals })
      } finally {
        file.close()
      }
    }
  }
}

/** True for the files of the logger `requests`, under the name that they have by default, or a similar one. */
export function isForRequests({ name }: LogGroup): boolean {
  return /(?:^|[/\\])requests?\b/.test(name)
}

async function* linesFrom(file: OpenFile, start: number): AsyncGenerator<string[], void, void> {
  const end = file.listed.bytes
  const buffer = Buffer.allocUnsafe(maxLineBytes + chunkBytes)
  let kept = 0
  for (let at = start; at < end; ) {
    const bytesRead = await file.read(buffer, kept, Math.min(chunkBytes, end - at), at)
    if (bytesRead === 0) return
    at += bytesRead
    const filled = kept + bytesRead
    const last = buffer.lastIndexOf(newline, filled - 1)
    // A line without an end is not written yet.
    if (last >= 0) yield buffer.toString('utf8', 0, last).split('\n')
    kept = filled - last - 1
    // Spoor writes no longer lines.
    if (kept > maxLineBytes) kept = 0
    else buffer.copy(buffer, 0, filled - kept, filled)
  }
}

interface RowsOf extends Pick<RowsAsked, 'access' | 'from' | 'onTotals'> {
  /** A text that every line of the reader's account contains; undefined for readers of everything. */
  readonly owner: string | undefined
}

function rowsIn(lines: readonly string[], { access, owner, from, onTotals }: RowsOf): RequestRow[] {
  const rows: RequestRow[] = []
  const since = new Date(from).toISOString()
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
