import { namedWork } from '../../context/named-work.js'
import type { WorkContext } from '../../context/request-context.js'

/** The facts about the work that blocks the event loop. Members are undefined if they are unknown. */
export interface Facts {
  readonly requestId?: string | undefined
  readonly account?: string | undefined
  readonly method?: string | undefined
  /** The pattern of the path, or `job NAME`. */
  readonly route?: string | undefined
  /** The place in the service's code: `handler (/app/export.js:12:3)`. */
  readonly at?: string | undefined
  /** The end of the sentence "blocked for 1.2 s by …". */
  readonly what: string
}

const outside = 'code outside any request'
export const unknown = 'unknown code'

// A name longer than this is the mistake of a service, and would make the line hard to read.
const maxLength = 200

/** The facts about a context. Only reads: it may run while any other code of the thread is interrupted. */
export function factsOf(context: WorkContext | undefined, at?: string): Facts {
  if (context === undefined) return { at, what: outside }
  const { requestId, account, kind, name } = context
  const named = `${kind} ${(name ?? '').slice(0, maxLength)}`.trimEnd()
  if (kind !== 'request') {
    const route = kind === 'job' ? named : undefined
    return {
      requestId,
      account,
      method: undefined,
      route,
      at,
      what: kind === 'job' ? named : `scope ${named.slice(4)}`.trimEnd(),
    }
  }
  const { method } = context.work
  const route = namedWork(context).route?.slice(0, maxLength)
  return { requestId, account, method, route, at, what: `${method ?? 'a request'} ${route ?? '(no route)'}` }
}

const beyondAscii = /[^\x20-\x7e]/g

/** The facts as JSON in ASCII. The inspector's messages may garble other characters. */
export function asciiJson(facts: Facts): string {
  return JSON.stringify(facts).replace(
    beyondAscii,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
