import { type ParsedLine, parseLine } from '../../logging/parser.js'
import { mayReadAccount, type ReadAccess, seesAll } from '../../records/read-access.js'
import { ownerText } from '../owner-text.js'
import type { ShownLine } from '../story/story.js'
import { withoutInternals } from './withheld-errors.js'

/** Returns the parsed line if a reader may see it; undefined otherwise. */
export type SeenBy = (text: string) => ParsedLine | undefined

/**
 * Makes the reader's view of lines. A line of another account is refused before it is parsed: neither result nor time may reveal
 * that it exists. Lines about the whole process, such as totals, are for readers of everything.
 */
export function seenBy(access: ReadAccess): SeenBy {
  const owner = seesAll(access) ? undefined : ownerText(access.account)
  const shown = withoutInternals<ParsedLine>(access)
  return (text) => {
    // A line of totals belongs to nobody, and names many accounts.
    if (owner !== undefined && (!text.includes(owner) || text.includes('"kind":"totals"'))) return undefined
    const line = parseLine(text)
    if (line === undefined || !mayReadAccount(access, line.account)) return undefined
    // The account of its request was changed while it ran.
    if (owner !== undefined && line.fields['accountSwitched'] === true) return undefined
    return shown(line)
  }
}

/** A line as readers get it. */
export function shownParsed(
  { time, level, logger, requestId, parentId, account, message, fields }: ParsedLine,
  file: string,
): ShownLine {
  return { time: new Date(time).toISOString(), level, logger, requestId, parentId, account, message, fields, file }
}
