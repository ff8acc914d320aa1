import { operationOf } from '../../context/graphql-operation.js'
import { dim, type Paint, red } from '../../logging/formatters/pretty/colours.js'
import { textWidth } from '../../logging/formatters/pretty/width.js'
import { hasFailed, type RequestRow } from '../../reading/request-row.js'
import { duration } from '../../safe-values/duration.js'
import { escapeText } from '../../safe-values/escape.js'
import { own } from '../../safe-values/own-member.js'
import { clock, cutToWidth, toWidth } from '../words.js'

const maxReason = 200
/** Longer names do not move the columns of all rows. */
const maxWhat = 40
const maxAccount = 16
const minReason = 12

interface Cells {
  readonly time: string
  readonly isFailed: boolean
  readonly status: string
  readonly ms: string
  readonly account: string
  readonly what: string
  readonly why: string
  readonly id: string
}

/**
 * The rows of a list, in columns. The id is last: a person copies it. If a row with its id does not fit the screen, each id stands in
 * a row of its own.
 *
 * @param columns the width of the screen; undefined: rows are not cut
 */
export function listText(rows: readonly RequestRow[], columns: number | undefined, paint: Paint): string[] {
  const cells = rows.map(cellsOf)
  const widthOf = (of: (one: Cells) => string, most: number): number =>
    cells.reduce((widest, one) => Math.min(most, Math.max(widest, textWidth(of(one)))), 0)
  const [time, status, ms] = [
    widthOf((one) => one.time, 30),
    widthOf((one) => one.status, 8),
    widthOf((one) => one.ms, 9),
  ]
  const [account, what] = [widthOf((one) => one.account, maxAccount), widthOf((one) => one.what, maxWhat)]
  const headWidth = time + status + ms + account + what + 9
  const idWidth = widthOf((one) => one.id, 200)
  const isOneRow = columns === undefined || headWidth + 2 + idWidth <= columns
  return cells.flatMap((one) => {
    const sign = one.isFailed ? paint(red, '◆') : ' '
    const head = `${one.time.padStart(time)} ${sign} ${one.status.padStart(status)}  ${one.ms.padStart(ms)}  ${padded(one.account, account)}`
    const id = paint(dim, one.id)
    if (isOneRow) {
      const room = columns === undefined ? Number.POSITIVE_INFINITY : columns - headWidth - 4 - textWidth(one.id)
      const why = one.why === '' || room < minReason ? '' : `  ${paint(red, cutToWidth(one.why, room))}`
      return [`${head}  ${padded(one.what, what)}${why}  ${id}`]
    }
    const left = columns - headWidth + what
    const said = cutToWidth(one.why === '' ? one.what : `${one.what}  ${one.why}`, Math.max(minReason, left))
    const [shown, why] = [said.slice(0, one.what.length), said.slice(one.what.length)]
    return [`${head}  ${shown}${why === '' ? '' : paint(red, why)}`, `${' '.repeat(time + 3)}${id}`]
  })
}

function cellsOf(row: RequestRow): Cells {
  const text = (name: string): string => {
    const value = own(row, name)
    return typeof value === 'string' || typeof value === 'number' ? escapeText(String(value)) : ''
  }
  const isJob = own(row, 'kind') === 'job'
  const isFailed = hasFailed(row)
  const ms = own(row, 'durationMs')
  const id = own(row, 'requestId') ?? own(row, 'id')
  return {
    time: clock(Date.parse(text('startedAt'))),
    isFailed,
    status: isJob ? (isFailed ? 'failed' : 'done') : text('status') || '-',
    ms: typeof ms === 'number' ? duration(ms) : '',
    account: text('account'),
    what: isJob
      ? `job ${text('name')}`.trim()
      : [text('method'), text('path'), operationOf(text('route'))].filter(Boolean).join(' '),
    why: isFailed ? escapeText(reasonOf(own(row, 'error')).slice(0, maxReason)) : '',
    id: typeof id === 'string' ? escapeText(id) : '-',
  }
}

function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  const { message, code } = error as { message?: unknown; code?: unknown }
  return typeof message === 'string' ? message : typeof code === 'string' ? code : ''
}

/** Longer texts move the columns of their own row only. */
function padded(text: string, width: number): string {
  return textWidth(text) > width ? text : toWidth(text, width)
}
