import { cut } from '../format/texts.js'
import type { ListedRequest, LiveRequest } from '../protocol.js'
import { linkTo, linkToStory } from '../state/route.js'
import { fieldOf } from '../views/requests/filter.js'

/** Something that the find box found. */
export interface Found {
  readonly what: 'request' | 'path' | 'account' | 'field' | 'lines'
  readonly text: string
  /** Stands dim at the end. */
  readonly note?: string | undefined
  /** Where it leads. */
  readonly address: string
}

const maxOfEach = 5
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const idLike = /^[\w.:@+~-]{4,200}$/

/** Whether a text is a whole id: its story opens without a search. */
export function isWholeId(text: string): boolean {
  return uuid.test(text.trim())
}

/** Whether a text may be an id, or a part of one. */
export function mayBeId(text: string): boolean {
  return idLike.test(text) && /\d/.test(text)
}

/**
 * The time in which ids were made that begin with a text (RFC 9562, UUIDv7: 48 bits of ms), if that time is in the last week.
 * Lists are then asked for that time alone.
 */
export function timeOfPrefix(text: string, now: number): { readonly from: number; readonly to: number } | undefined {
  const digits = text.toLowerCase().replaceAll('-', '').slice(0, 12)
  if (!/^[0-9a-f]{8,12}$/.test(digits)) return undefined
  const from = Number.parseInt(digits.padEnd(12, '0'), 16)
  const to = Number.parseInt(digits.padEnd(12, 'f'), 16) + 1
  return from <= now && to > now - 7 * 86_400_000 ? { from, to } : undefined
}

/** What the page knows, in which the find box looks first. */
export interface Known {
  readonly requests: readonly (ListedRequest | LiveRequest)[]
  readonly accounts: readonly string[]
  readonly routes: readonly string[]
  /** Whether there are log lines to search. */
  readonly hasLines: boolean
}

/** Finds an id, a path, an account, a field or words, in this order. */
export function findIn(known: Known, typed: string): readonly Found[] {
  const text = typed.trim()
  if (text === '') return []
  return [
    ...idsIn(known.requests, text),
    ...pathsIn(known, text),
    ...accountsIn(known.accounts, text),
    ...fieldIn(text),
    ...(known.hasLines && text.length <= 200 ? [linesWith(text)] : []),
  ]
}

function idsIn(requests: Known['requests'], text: string): readonly Found[] {
  if (!idLike.test(text)) return []
  const wanted = text.replace(/^…/, '').toLowerCase()
  const found: Found[] = []
  for (const request of requests) {
    if (found.length >= maxOfEach) break
    const isIt = request.id.toLowerCase().includes(wanted) || request.requestId.toLowerCase().includes(wanted)
    if (isIt) found.push(requestFound(request))
  }
  return found
}

/** A request as something found. */
export function requestFound(
  request: Pick<ListedRequest, 'id' | 'kind' | 'method' | 'path' | 'route' | 'name'>,
): Found {
  const { id, kind, method = '', path, route, name } = request
  const note = kind === 'job' ? (name ?? 'job') : `${method} ${path ?? route ?? ''}`
  return { what: 'request', text: id, note: cut(note, 40), address: linkToStory(id) }
}

function pathsIn({ requests, routes }: Known, text: string): readonly Found[] {
  // A path begins with a slash; a part of one may be any word.
  if (text.includes('=') || text.includes(' ')) return []
  const wanted = text.toLowerCase()
  const found = new Map<string, Found>()
  for (const route of routes) {
    if (route.toLowerCase().includes(wanted)) found.set(route, routeFound(route))
  }
  for (const { id, route, path } of requests) {
    if (found.size >= maxOfEach) break
    const isIt = path?.toLowerCase().includes(wanted) || route?.toLowerCase().includes(wanted)
    if (!isIt) continue
    if (route !== undefined) found.set(route, routeFound(route))
    // No route matched this path: only the request itself can be shown.
    else if (path !== undefined && !found.has(path))
      found.set(path, { what: 'path', text: path, note: 'the newest', address: linkToStory(id) })
  }
  return [...found.values()].slice(0, maxOfEach)
}

function routeFound(route: string): Found {
  return { what: 'path', text: route, note: 'its requests', address: linkTo('requests', { route }) }
}

function accountsIn(accounts: readonly string[], text: string): readonly Found[] {
  const wanted = text.toLowerCase()
  return accounts
    .filter((account) => account.toLowerCase().includes(wanted))
    .slice(0, maxOfEach)
    .map((account) => ({
      what: 'account',
      text: account,
      note: 'its requests',
      address: linkTo('requests', { account }),
    }))
}

function fieldIn(text: string): readonly Found[] {
  const field = fieldOf(text)
  if (field === undefined || /\s/.test(field[0])) return []
  const [name, value] = field
  return [
    {
      what: 'field',
      text: `${name}=${value}`,
      note: 'requests that have it',
      address: linkTo('requests', { [`field.${name}`]: value }),
    },
  ]
}

function linesWith(text: string): Found {
  return { what: 'lines', text: `lines with “${text}”`, address: linkTo('logs', { q: text }) }
}
