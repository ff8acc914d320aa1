import type { Request } from 'express'
import { foldIds } from '../../safe-values/fold-ids.js'

// A route is reported as the patterns it was declared with, those of the mounts above it first. Express keeps of a mount
// only what was asked for (`req.baseUrl`: `/t/acme`). From router 2.3.0 on it notes the pattern of each match on the
// request, under a symbol; there a setter for that symbol follows the mounts. It is one pair of functions for all
// requests: with a pair each, every request has a shape of its own, and Express and Node take twice as long over it.

/** Where a router or an application is mounted. */
interface Mount {
  /** As it was called. */
  readonly url: string
  /** As it was declared. */
  readonly pattern: string
  readonly parent: Mount | undefined
}

// One member of the request for all: on Node 20 each costs 2 µs once Express has given the request another prototype.
interface Followed extends Request {
  [key]?: Matches
}

/** What is known of a request's matches. */
interface Matches {
  /** What the router noted last. */
  noted: unknown
  /** Where the request was when that was looked at; undefined before the first match. */
  mount: Mount | undefined
  entering: Entering | undefined
  lastRoute: unknown
  /** The pattern of the last route. */
  matched: string | undefined
  /** `baseUrl`, where the router notes nothing. */
  current: string | undefined
}

/** The match that leads below a mount, if the next one is there. */
interface Entering {
  readonly from: Mount
  readonly pattern: string
}

const key = Symbol('matches')

function matchesOf(request: Followed): Matches {
  request[key] ??= {
    noted: undefined,
    mount: undefined,
    entering: undefined,
    lastRoute: undefined,
    matched: undefined,
    current: undefined,
  }
  return request[key]
}

const top: Mount = { url: '', pattern: '', parent: undefined }

/** What stands for a mount whose pattern is not known. Never what was called there: that has the callers' values in it. */
const unknown = '/*'

/**
 * Follows the matches of a request from here on.
 *
 * @param isOurs tells the middleware that calls this, to find where it is mounted
 */
export function followRoute(request: Request, isOurs: (handler: unknown) => boolean): void {
  const symbol = noteOf(request)
  // From an application's second request on, the setter is there before the first match.
  if (symbol !== undefined && !Object.hasOwn(request, symbol)) return
  const followed = matchesOf(request)
  followed.mount = request.baseUrl ? mountOf(request, isOurs) : top
  followed.lastRoute = request.route
  if (symbol === undefined) {
    followed.current = request.baseUrl
    Object.defineProperties(request, withoutNotes)
    return
  }
  // What an object has already and is made a setter makes the whole object slow, so that later requests find the setter
  // on their prototype. Without a follower it does what a property does.
  Object.defineProperty(Object.getPrototypeOf(request), symbol, noteProperty)
  followed.noted = (request as unknown as Record<symbol, unknown>)[symbol]
  Object.defineProperty(request, symbol, noteProperty)
}

/** The pattern of the route that matched last; undefined if none did. */
export function routeOf(request: Request): string | undefined {
  return (request as Followed)[key]?.matched
}

let knownNote: symbol | undefined

/** The symbol under which the router notes patterns. Each copy of the router has its own. */
function noteOf(request: Request): symbol | undefined {
  if (knownNote !== undefined && knownNote in request) return knownNote
  const found = Object.getOwnPropertySymbols(request).find(({ description }) => description === noteName)
  knownNote = found ?? knownNote
  return found
}

const noteName = 'router.tracing.matchedRoute'

const noteProperty: PropertyDescriptor & ThisType<Followed> = {
  configurable: true,
  enumerable: true,
  get() {
    return this[key]?.noted
  },
  set(pattern: unknown) {
    const matches = matchesOf(this)
    matches.noted = pattern
    try {
      noteMatch(this, matches, pattern)
    } catch {
      // The service's code changed the request so that it throws when it is read: its route stays unknown.
    }
  },
}

// The router sets `route`, if a route matched, then the note, then `baseUrl`, if it goes below a mount.
function noteMatch(request: Request, matches: Matches, pattern: unknown): void {
  const route = request.route as { path?: unknown } | undefined
  if (route && (route !== matches.lastRoute || route.path === pattern)) {
    matches.matched = mountAt(request, matches).pattern + textOf(pattern)
  }
  matches.lastRoute = route
  if (pattern === '/' || pattern === undefined) return
  const from = mountAt(request, matches)
  matches.entering = { from, pattern: from.pattern + mountText(pattern) }
}

/** Where `request` is now. */
function mountAt(request: Request, matches: Matches): Mount {
  const url = request.baseUrl || ''
  const before = matches.mount ?? top
  if (url === before.url) {
    matches.mount = before
    return before
  }
  const { from, pattern } = matches.entering ?? {}
  const left = ancestorAt(before, url)
  const now =
    left ?? (from && url.startsWith(from.url) ? { url, pattern: pattern ?? unknown, parent: from } : lost(url))
  matches.mount = now
  return now
}

function ancestorAt(mount: Mount, url: string): Mount | undefined {
  if (url === '') return top
  let at: Mount | undefined = mount
  while (at !== undefined && at.url !== url) at = at.parent
  return at
}

function lost(url: string): Mount {
  return { url, pattern: unknown, parent: top }
}

function textOf(pattern: unknown): string {
  return Array.isArray(pattern) ? pattern.flat(Number.POSITIVE_INFINITY).map(String).join() : String(pattern)
}

function mountText(pattern: unknown): string {
  return typeof pattern === 'string' ? pattern.replace(/(?<!\/)\/+$/, '') : textOf(pattern)
}

/** What the router keeps of each `use` and route. */
interface Layer {
  readonly handle?: { readonly name?: string; readonly stack?: readonly Layer[] }
  match?(path: string): { path: string; pattern?: unknown } | false
}

interface App {
  readonly parent?: App
  readonly router?: { readonly stack?: readonly Layer[] }
}

const deepest = 20

/** Where the middleware that `isOurs` tells is mounted: what matched above it was not followed. */
function mountOf(request: Request, isOurs: (handler: unknown) => boolean): Mount {
  const url = request.baseUrl
  try {
    if (noteOf(request) === undefined) return lost(url)
    const apps: App[] = []
    for (let app = request.app as App | undefined; app && apps.length < deepest; app = app.parent) apps.unshift(app)
    return search(top, { url, isOurs, apps, depth: 0 }) ?? lost(url)
  } catch {
    return lost(url)
  }
}

interface Search {
  /** As it was called, up to where the middleware is. */
  readonly url: string
  readonly isOurs: (handler: unknown) => boolean
  /** The application that is looked through, and those that it leads to, one mounted in the other. */
  readonly apps: readonly App[]
  readonly depth: number
}

function search(above: Mount, how: Search, stack = how.apps[0]?.router?.stack ?? []): Mount | undefined {
  if (how.depth > deepest) return undefined
  const rest = how.url.slice(above.url.length) || '/'
  for (const layer of stack) {
    const found = layer.match?.(rest)
    if (!found) continue
    const at = below(above, found)
    if (how.isOurs(layer.handle) && at.url === how.url) return at
    const inside = searchInside(layer, at, how)
    if (inside !== undefined) return inside
  }
  return undefined
}

function searchInside({ handle }: Layer, at: Mount, how: Search): Mount | undefined {
  const deeper = { ...how, depth: how.depth + 1 }
  if (handle?.stack !== undefined) return search(at, deeper, handle.stack)
  // Express hides a mounted application in a function of this name.
  return handle?.name === 'mounted_app' ? search(at, { ...deeper, apps: how.apps.slice(1) }) : undefined
}

function below(parent: Mount, { path, pattern }: { path: string; pattern?: unknown }): Mount {
  const asked = path.endsWith('/') ? path.slice(0, -1) : path
  if (asked === '') return parent
  return { url: parent.url + asked, pattern: parent.pattern + mountText(pattern), parent }
}

// Before router 2.3.0, and in Express 4, patterns of mounts are kept nowhere: of what was called, all that holds the value
// of a parameter is replaced by the parameter's name, and what looks like an id by `:id`.
const withoutNotes: PropertyDescriptorMap & ThisType<Followed> = {
  route: {
    configurable: true,
    enumerable: true,
    get() {
      return matchesOf(this).lastRoute
    },
    set(route: { path?: unknown } | undefined) {
      const matches = matchesOf(this)
      matches.lastRoute = route
      if (route?.path !== undefined) matches.matched = `${matches.mount?.pattern ?? unknown}${textOf(route.path)}`
    },
  },
  baseUrl: {
    configurable: true,
    enumerable: true,
    get() {
      return matchesOf(this).current
    },
    set(url: unknown) {
      const matches = matchesOf(this)
      const before = matches.mount ?? top
      matches.current = url as string
      if (url !== before.url) matches.mount = mountedWithoutNotes(this, before, typeof url === 'string' ? url : '')
    },
  },
}

function mountedWithoutNotes(request: Followed, before: Mount, url: string): Mount {
  const left = ancestorAt(before, url)
  if (left !== undefined) return left
  if (!url.startsWith(before.url)) return lost(url)
  const asked = url.slice(before.url.length)
  return { url, pattern: before.pattern + withNames(asked, Object.entries(request.params ?? {})), parent: before }
}

function withNames(path: string, params: readonly [string, unknown][]): string {
  const names = (part: string): string =>
    params
      .filter(([, value]) => [value].flat().some((one) => typeof one === 'string' && one !== '' && part.includes(one)))
      .map(([name]) => `:${name}`)
      .join('')
  return path
    .split('/')
    .map((part) => names(decoded(part)) || foldIds(part))
    .join('/')
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
