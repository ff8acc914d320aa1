import { hasFailed, type RequestRow } from '../../reading/request-row.js'
import { recordWithin } from '../../reading/story/story.js'
import type { StoredRecord } from '../../records/record.js'
import { type Arguments, type Run, textOf, UsageError } from '../command.js'
import { jsonRow } from '../json-row.js'
import type { Output } from '../output.js'
import { saySkipped } from '../skipped.js'
import { lastMs, linesFrom } from '../source.js'
import { listText } from './list-text.js'

const maxRows = 200
const maxPages = 50
/** So many rows are kept before the older ones are dropped. */
const maxKept = 20_000

/** The rows to show, oldest first. */
interface Listed {
  readonly rows: readonly RequestRow[]
  /** How many older ones are left out. */
  readonly left: number
}

type Row = RequestRow & Pick<StoredRecord, 'account' | 'accountSwitched'>

interface ListAsked {
  readonly account: string | undefined
  readonly from: number
  readonly onlyFailed: boolean
}

/** `spoor find --account ACCOUNT`: the requests and jobs of an account, newest last. */
export const listCommand: Run = async (given, output) => {
  const account = textOf(given, 'account')
  const onlyFailed = given.options['failed'] === true
  if (account === undefined && !onlyFailed)
    throw new UsageError(
      'spoor find: expected ID, or --account ACCOUNT, or --failed\nspoor find --help shows what it takes',
    )
  for (const name of ['jobs', 'quick', 'md'])
    if (given.options[name] === true) throw new UsageError(`spoor find: --${name} goes with an ID`)
  const asked = { account, from: Date.now() - lastMs(given), onlyFailed }
  const isRemote = textOf(given, 'url') !== undefined
  const { rows, left } = isRemote ? await remoteRows(given, asked) : await localRows(given, asked, output)
  const isJson = given.options['json'] === true
  if (isJson) for (const row of rows) output.print(jsonRow(row))
  else output.print(...listText(rows, output.isTerminal ? output.columns() : undefined, output.paint))
  if (left > 0) output.say(`${left} older ones are left out: shorten --last`)
  if (rows.length === 0 && !isJson)
    output.print(`Nothing was found in the last ${textOf(given, 'last') ?? '1h'}. --last 24h looks further back`)
  return rows.length === 0 ? 1 : 0
}

async function localRows(given: Arguments, { from, onlyFailed }: ListAsked, output: Output): Promise<Listed> {
  const { lines, access } = await linesFrom(given, { mode: 'blocking' })
  const skipped: string[] = []
  const kept: RequestRow[] = []
  let count = 0
  for await (const batch of lines.rows({ access, from, skipped: (name) => void skipped.push(name) })) {
    for (const row of batch) {
      if (onlyFailed && !hasFailed(row)) continue
      count++
      kept.push(row)
    }
    if (kept.length > maxKept) kept.splice(0, kept.length, ...newest(kept))
  }
  lines.close()
  saySkipped(skipped, output)
  const rows = newest(kept)
  return { rows, left: count - rows.length }
}

/** The newest rows, oldest first. */
function newest(rows: readonly RequestRow[]): RequestRow[] {
  const startOf = (row: RequestRow): string => String(row['startedAt'])
  return [...rows].sort((a, b) => (startOf(a) < startOf(b) ? -1 : startOf(a) > startOf(b) ? 1 : 0)).slice(-maxRows)
}

async function remoteRows(given: Arguments, { account, from, onlyFailed }: ListAsked): Promise<Listed> {
  const { remote } = await import('../remote.js')
  const query = new URLSearchParams({ from: String(from), limit: '200', ...(account === undefined ? {} : { account }) })
  const service = remote(given)
  const rows: RequestRow[] = []
  // Failures are rare, so they may stand on later pages.
  for (let pages = 0; pages < maxPages && rows.length <= maxRows; pages++) {
    const page = (await service.get(`/api/requests?${query}`)) as { items: RequestRow[]; next?: string } | undefined
    if (page === undefined) break
    for (const item of page.items) {
      const row = account === undefined ? item : (recordWithin(item as Row, account) as RequestRow | undefined)
      if (row !== undefined && (!onlyFailed || hasFailed(row))) rows.push(row)
    }
    if (page.next === undefined) break
    query.set('before', page.next)
  }
  return { rows: rows.slice(0, maxRows).reverse(), left: Math.max(0, rows.length - maxRows) }
}
