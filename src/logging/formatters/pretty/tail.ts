import type { RequestContext } from '../../../context/request-context.js'
import { escapeText } from '../../../safe-values/escape.js'
import { bold, type Paint, requestColour } from './colours.js'
import { splitByWidth, textWidth } from './width.js'

/** The end of an entry's first row: the account, and the last characters of the request's id. */
export interface Tail {
  readonly width: number
  /** With colours. */
  readonly shown: string
  readonly account: string
  readonly id: string
  readonly colour: string
}

const idCharacters = 8
const maxAccountColumns = 24

/** Makes the tails of contexts. It remembers the last one: the lines of a request follow each other. */
export function tails(paint: Paint): (context: RequestContext) => Tail {
  let last: { context: RequestContext; account: string | undefined; requestId: string; tail: Tail } | undefined
  return (context) => {
    const { account, requestId } = context
    // The account may become known during a request, and the id of a job when the job starts.
    const isSame = last?.context === context && last.account === account && last.requestId === requestId
    if (last !== undefined && isSame) return last.tail
    const tail = tailOf(account, requestId, paint)
    last = { context, account, requestId, tail }
    return tail
  }
}

function tailOf(account: string | undefined, requestId: string, paint: Paint): Tail {
  const start = requestId.length > idCharacters ? '…' : ''
  const id = `${start}${escapeText(requestId.slice(-idCharacters))}`
  const colour = requestColour(requestId)
  const owner = account === undefined ? '' : shortAccount(escapeText(account))
  const shown = paint(colour, id)
  if (owner === '') return { width: textWidth(id), shown, account: '', id, colour }
  const width = textWidth(owner) + 1 + textWidth(id)
  return { width, shown: `${paint(bold, owner)} ${shown}`, account: owner, id, colour }
}

function shortAccount(account: string): string {
  if (textWidth(account) <= maxAccountColumns) return account
  return `${splitByWidth(account, maxAccountColumns - 1)[0]}…`
}
