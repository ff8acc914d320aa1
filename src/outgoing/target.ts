import { foldIds } from '../safe-values/fold-ids.js'
import { remembered } from '../safe-values/remembered.js'

/** Where a call goes. */
export interface Target {
  readonly method: string
  /** Scheme, name and port, always with the port: `https://blog.example:443`. */
  readonly origin: string
  /** Name and port as lines show them: without the scheme's own port. */
  readonly host: string
  readonly path: string
  /** Whom the connection is made to, where the path names another one: `http://proxy.example:3128`. */
  readonly proxy?: string
}

const standardPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }
const maxRouteLength = 500
// The longest name in the DNS (RFC 1035), and a port. A URL may hold a longer name, but no host answers there.
const maxHostLength = 253 + 6

/**
 * The target of a call.
 *
 * @param origin scheme, name and port that the connection is made to
 * @param path what is asked for there; a whole address where the connection is that of a proxy
 * @returns undefined for an address of another protocol than http and https
 */
export function targetOf(method: string, origin: string, path: string): Target | undefined {
  if (/^https?:\/\//i.test(path)) {
    const url = urlOf(path)
    const target = url && targetOf(method, url.origin, url.pathname)
    return target && { ...target, proxy: fullOrigin(origin) }
  }
  const full = fullOrigin(origin)
  return full === '' ? undefined : { method, origin: full, host: hostOf(full), path }
}

/**
 * The path as lines show it: without query and with `:id` for ids, so that calls of one kind bear one name. Not
 * remembered: paths with ids are ever new, and to keep them costs more than to fold them.
 */
export function routeOf(path: string): string {
  const end = path.search(/[?#]/)
  return foldIds(end < 0 ? path : path.slice(0, end)).slice(0, maxRouteLength)
}

/** An origin with its port, or an empty string if the origin is invalid. */
export const fullOrigin: (origin: string) => string = remembered((origin) => {
  const url = urlOf(origin)
  const port = url && (url.port || standardPorts[url.protocol])
  return port === undefined ? '' : `${url?.protocol}//${url?.hostname}:${port}`
})

const hostOf = remembered((full) => new URL(full).host.slice(0, maxHostLength))

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}
