import type { SpanIds } from '../../../context/active-span.js'
import type { RequestContext } from '../../../context/request-context.js'
import { escapeJson } from '../../../safe-values/escape.js'
import { remembered } from '../../../safe-values/remembered.js'

const jsonText = remembered((text) => escapeJson(JSON.stringify(text)))
const noContext: Partial<RequestContext> = {}

/** Returns the members of a logger and its context. */
export type Prefix = (logger: string, context: RequestContext | undefined, span: SpanIds | undefined) => string

/**
 * Makes a function that returns the members of a logger and its context. The function remembers its last result, because the
 * lines of one request follow each other.
 *
 * @param before the text before the logger's name
 * @param ofContext the text after the logger's name, for a context
 */
export function rememberedPrefix(
  before: string,
  ofContext: (context: RequestContext | undefined, span: SpanIds | undefined) => string,
): Prefix {
  let last = {
    logger: '',
    context: undefined as RequestContext | undefined,
    span: undefined as SpanIds | undefined,
    text: '',
    after: undefined as string | undefined,
  }
  let [account, requestId, parentId]: (string | undefined)[] = []
  return (logger, context, span) => {
    const now = context ?? noContext
    // The account may become known during a request, and the ids of a job when the job starts.
    const isSame =
      last.after !== undefined &&
      last.context === context &&
      last.span === span &&
      account === now.account &&
      requestId === now.requestId &&
      parentId === now.parentId
    if (isSame && last.logger === logger) return last.text
    const after = isSame ? (last.after as string) : escapeJson(ofContext(context, span))
    const text = escapeJson(`${before}${jsonText(logger)}${after}`)
    last = { logger, context, span, text, after }
    account = now.account
    requestId = now.requestId
    parentId = now.parentId
    return text
  }
}

/** The ids and the account of a context, each with a comma before it. */
export function idMembers(context: RequestContext | undefined): string {
  if (context === undefined) return ''
  const { requestId, parentId, account } = context
  // Ids need no escaping (context/request-id.ts).
  const parent = parentId === undefined ? '' : `,"parentId":"${parentId}"`
  return `,"requestId":"${requestId}"${parent}${account === undefined ? '' : `,"account":${JSON.stringify(account)}`}`
}
