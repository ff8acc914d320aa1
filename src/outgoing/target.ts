import { foldIds } from '../safe-values/fold-ids.js'
import { remembered } from '../safe-values/remembered.js'

/** The target of a call. */
export interface Target {
  readonly method: string
  /** Scheme, name and port, always with the port: `https://blog.example:443`. */
  readonly origin: string
  /** Name and port as lines show them, without the standard port of the scheme. */
  readonly host: string
  readonly path: string
  /** The origin of the proxy, if the connection goes to a proxy: `http://proxy.example:3128`. */
  readonly proxy?: string
}

const standardPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }
const maxRouteLength = 500
// The longest name in the DNS (RFC 1035), and a port. A URL may contain a longer name, but no host has one.
const maxHostLength = 253 + 6

/**
 * Finds the target of a call.
 *
 * @param origin scheme, name and port that the connection is made to
 * @param path the path of the request; a whole URL if the connection goes to a proxy
 * @returns undefined for a protocol other than http and https
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
 * The path as lines show it: without query and with `:id` for ids, so that calls of one kind have one name. It is not
 * cached, because caching ever new paths costs more than folding their ids.
 */
export function routeOf(path: string): string {
  const end = path.search(/[?#]/)
  return foldIds(end < 0 ? path : path.slice(0, end)).slice(0, maxRouteLength)
}

/** An origin with its port; an empty string if the origin is invalid. */
export const fullOrigin: (origin: string) => string = remembered((origin) => {
  const url = urlOf(origin)
  const port = url && (url.port || standardPorts[url.protocol])
  return port === undefined ? '' : `${url?.protocol}//${url?.hostname}:${port}`
})

const hostOf = remembered((full) => new URL(full).host.slice(0, maxHostLength))

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}
