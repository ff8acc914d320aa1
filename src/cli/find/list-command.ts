import { dim, type Paint, red } from '../../logging/formatters/pretty/colours.js'
import { hasFailed, type RequestRow, requestRows } from '../../reading/find/request-rows.js'
import { duration } from '../../safe-values/duration.js'
import { escapeText } from '../../safe-values/escape.js'
import { own } from '../../safe-values/own-member.js'
import { type Run, textOf, UsageError } from '../command.js'
import { lastMs, localSource } from '../source.js'
import { clock } from '../words.js'

const maxRows = 200
const maxPages = 50

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
  const from = Date.now() - lastMs(given)
  const rows =
    textOf(given, 'url') === undefined
      ? await localRows(given, account, from, onlyFailed)
      : await remoteRows(given, account, from, onlyFailed)
  const shown = rows.slice(-maxRows)
  if (given.options['json'] === true) for (const row of shown) output.print(JSON.stringify(row))
  else {
    output.print(...shown.map((row) => rowText(row, output.paint)))
    const left = rows.length - shown.length
    if (left > 0) output.print(output.paint(dim, `${left} older ones are left out: shorten --last`))
    if (rows.length === 0) output.print('Nothing was found. --last 24h looks further back')
  }
  return rows.length === 0 ? 1 : 0
}

async function localRows(
  given: Parameters<Run>[0],
  account: string | undefined,
  from: number,
  onlyFailed: boolean,
): Promise<RequestRow[]> {
  const source = localSource(given, account)
  const rows: RequestRow[] = []
  for await (const batch of requestRows({ groups: source.groups(), access: source.access, from, mode: 'blocking' })) {
    for (const row of batch) if (!onlyFailed || hasFailed(row)) rows.push(row)
  }
  return rows.sort((a, b) => (String(a['startedAt']) < String(b['startedAt']) ? -1 : 1))
}

async function remoteRows(
  given: Parameters<Run>[0],
  account: string | undefined,
  from: number,
  onlyFailed: boolean,
): Promise<RequestRow[]> {
  const { remote } = await import('../remote.js')
  const query = new URLSearchParams({ from: String(from), limit: '200', ...(account === undefined ? {} : { account }) })
  const service = remote(given)
  const rows: RequestRow[] = []
  // Failures are rare, so they may stand on later pages.
  for (let pages = 0; pages < maxPages && rows.length < maxRows; pages++) {
    const page = (await service.get(`/api/requests?${query}`)) as { items: RequestRow[]; next?: string } | undefined
    if (page === undefined) break
    rows.push(...page.items.filter((row) => !onlyFailed || hasFailed(row)))
    if (page.next === undefined) break
    query.set('before', page.next)
  }
  return rows.reverse()
}

function rowText(row: RequestRow, paint: Paint): string {
  const text = (name: string): string => {
    const value = own(row, name)
    return typeof value === 'string' || typeof value === 'number' ? escapeText(String(value)) : ''
  }
  const isJob = own(row, 'kind') === 'job'
  const what = isJob ? `job ${text('name')}` : `${text('method')} ${text('path')}`
  const failed = hasFailed(row)
  const status = isJob ? (failed ? 'failed' : 'done') : text('status') || '-'
  const ms = own(row, 'durationMs')
  const error = own(row, 'error')
  const why = typeof error === 'object' && error !== null ? `  ${(error as { message?: unknown }).message ?? ''}` : ''
  const id = own(row, 'requestId') ?? own(row, 'id')
  return [
    clock(Date.parse(text('startedAt'))),
    failed ? paint(red, '◆') : ' ',
    status.padStart(4),
    what,
    typeof ms === 'number' ? duration(ms) : '',
    text('account'),
    failed ? paint(red, escapeText(why.trim().slice(0, 200))) : '',
    paint(dim, escapeText(String(id))),
  ]
    .filter((part) => part !== '')
    .join('  ')
}
