import type { Request } from 'express'
import { exchangeOf } from '../../http/exchange-of.js'
import { foldIds } from '../../safe-values/fold-ids.js'
import { ownMembers } from '../../safe-values/own-member.js'

// A route is reported with its declared pattern, behind the patterns of the mounts above it. For a mount, Express keeps
// only the requested path (`req.baseUrl`: `/t/acme`). Since router 2.3.0 it also notes the pattern of each match on the
// request, under a symbol. A setter for that symbol follows the mounts. All requests share one getter and one setter: with
// their own pair, each request would have its own shape, and Express and Node would take twice as long.

/** Where a router or an application is mounted. */
interface Mount {
  /** The requested path. */
  readonly url: string
  /** The declared pattern. */
  readonly pattern: string
  readonly parent: Mount | undefined
}

// The exchange holds the matches: on Node 20 a further member of the request costs 6 to 10 µs once Express has changed the
// request's prototype. A request without an exchange holds them itself, until it has one.
interface Unfollowed extends Request {
  [key]?: Matches | undefined
}

/** The matches of a request so far. */
interface Matches {
  /** The router's last note. */
  noted: unknown
  /** The mount of the last match; undefined before the first match. */
  mount: Mount | undefined
  entering: Entering | undefined
  lastRoute: unknown
  /** The pattern of the last route. */
  matched: string | undefined
  /** `baseUrl`, for routers that write no notes. */
  current: string | undefined
}

/** The match that leads below a mount, if the next match is there. */
interface Entering {
  readonly from: Mount
  readonly pattern: string
}

const key = Symbol('matches')

function matchesOf(request: Request): Matches {
  const exchange = exchangeOf(request)
  if (exchange !== undefined) {
    exchange.matches ??= (request as Unfollowed)[key] ?? noMatches()
    return exchange.matches as Matches
  }
  const unfollowed: Unfollowed = request
  unfollowed[key] ??= noMatches()
  return unfollowed[key]
}

function noMatches(): Matches {
  return {
    noted: undefined,
    mount: undefined,
    entering: undefined,
    lastRoute: undefined,
    matched: undefined,
    current: undefined,
  }
}

const top: Mount = { url: '', pattern: '', parent: undefined }

/** Stands for a mount whose pattern is unknown. The requested path is never shown: it holds values from callers. */
const unknown = '/*'

/**
 * Follows the matches of a request from now on.
 *
 * @param isOurs returns true for the calling middleware, to find its mount
 */
export function followRoute(request: Request, isOurs: (handler: unknown) => boolean): void {
  const symbol = noteOf(request)
  // From the second request of an application on, the setter exists before the first match.
  if (symbol !== undefined && !Object.hasOwn(request, symbol)) return
  const followed = matchesOf(request)
  followed.mount = request.baseUrl ? mountOf(request, isOurs) : top
  followed.lastRoute = request.route
  if (symbol === undefined) {
    followed.current = request.baseUrl
    Object.defineProperties(request, withoutNotes)
    return
  }
  // Turning an existing property into a setter makes the whole object slow. Later requests therefore find the setter on
  // their prototype. For requests that are not followed, it behaves like a plain property.
  Object.defineProperty(Object.getPrototypeOf(request), symbol, noteProperty)
  followed.noted = (request as unknown as Record<symbol, unknown>)[symbol]
  Object.defineProperty(request, symbol, noteProperty)
}

/**
 * The pattern of the route that matched last; undefined if none did. GraphQL servers are often mounted (`app.use('/graphql', yoga)`):
 * for a request with an operation, the pattern of the mount.
 */
export function routeOf(request: Request): string | undefined {
  const matches = matchesOf(request)
  if (matches.matched !== undefined || exchangeOf(request)?.operations === undefined) return matches.matched
  return mountAt(request, matches).pattern || undefined
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

// Without the members of Object.prototype: with a `value` there, it could not be defined.
function property(of: PropertyDescriptor & ThisType<Request>): PropertyDescriptor {
  return ownMembers(of)
}

const noteProperty = property({
  configurable: true,
  enumerable: true,
  get() {
    return matchesOf(this).noted
  },
  set(pattern: unknown) {
    const matches = matchesOf(this)
    matches.noted = pattern
    try {
      noteMatch(this, matches, pattern)
    } catch {
      // The service changed the request so that reading it throws: the route stays unknown.
    }
  },
})

// The router first sets `route` (if a route matched), then the note, then `baseUrl` (if it goes below a mount).
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

/** The mount that `request` is in now. */
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

/** An entry of the router: a `use` or a route. */
interface Layer {
  readonly handle?: { readonly name?: string; readonly stack?: readonly Layer[] }
  match?(path: string): { path: string; pattern?: unknown } | false
}

interface App {
  readonly parent?: App
  readonly router?: { readonly stack?: readonly Layer[] }
}

const maxDepth = 20

/** Finds the mount of Spoor's middleware. The matches above it happened before the request was followed. */
function mountOf(request: Request, isOurs: (handler: unknown) => boolean): Mount {
  const url = request.baseUrl
  try {
    if (noteOf(request) === undefined) return lost(url)
    const apps: App[] = []
    for (let app = request.app as App | undefined; app && apps.length < maxDepth; app = app.parent) apps.unshift(app)
    return search(top, { url, isOurs, apps, depth: 0 }) ?? lost(url)
  } catch {
    return lost(url)
  }
}

interface Search {
  /** The requested path, up to the middleware. */
  readonly url: string
  readonly isOurs: (handler: unknown) => boolean
  /** The application to search, and the applications mounted inside it, from the outside in. */
  readonly apps: readonly App[]
  readonly depth: number
}

function search(above: Mount, how: Search, stack = how.apps[0]?.router?.stack ?? []): Mount | undefined {
  if (how.depth > maxDepth) return undefined
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
  // Express wraps a mounted application in a function with this name.
  return handle?.name === 'mounted_app' ? search(at, { ...deeper, apps: how.apps.slice(1) }) : undefined
}

function below(parent: Mount, { path, pattern }: { path: string; pattern?: unknown }): Mount {
  const asked = path.endsWith('/') ? path.slice(0, -1) : path
  if (asked === '') return parent
  return { url: parent.url + asked, pattern: parent.pattern + mountText(pattern), parent }
}

// Before router 2.3.0, and in Express 4, the patterns of mounts are not kept. In the requested path, each part with a
// parameter's value becomes the parameter's name, and each part that looks like an id becomes `:id`.
const withoutNotes: PropertyDescriptorMap = {
  route: property({
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
  }),
  baseUrl: property({
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
  }),
}

function mountedWithoutNotes(request: Request, before: Mount, url: string): Mount {
  const left = ancestorAt(before, url)
  if (left !== undefined) return left
  if (!url.startsWith(before.url)) return lost(url)
  const asked = url.slice(before.url.length)
  return { url, pattern: before.pattern + withNames(asked, Object.entries(request.params ?? {})), parent: before }
}

function withNames(path: string, params: readonly [string, unknown][]): string {
  const holders = params.map(([name, value]) => ({ name, holds: holderOf(value) }))
  const names = (part: string): string =>
    holders
      .filter(({ holds }) => holds(part))
      .map(({ name }) => `:${name}`)
      .join('')
  return path
    .split('/')
    .map((part) => names(decoded(part)) || foldIds(part))
    .join('/')
}

/** Returns whether a part of a path holds the value of a parameter. */
function holderOf(value: unknown): (part: string) => boolean {
  const texts = [value].flat().filter((one): one is string => typeof one === 'string' && one !== '')
  // Of a wildcard's thousands of values, only the first and the last one may be less than a whole part. To look for each
  // value in each part would take quadratic time.
  const ends = [...new Set([texts[0], texts.at(-1)])].filter((one) => one !== undefined)
  const whole = new Set(texts)
  return (part) => whole.has(part) || ends.some((one) => part.includes(one))
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
