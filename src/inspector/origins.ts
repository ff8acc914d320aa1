import type { RequestInfo } from '../http/request-info.js'
import { corsHeaders } from '../http/response-headers.js'

/** True for what may stand in `origins`: exactly as a browser says it, `https://app.example` or `http://localhost:5173`. */
export function isOrigin(value: unknown): boolean {
  // The URL parser takes a wildcard for a name.
  if (typeof value !== 'string' || !/^https?:\/\/[^*]+$/.test(value) || !URL.canParse(value)) return false
  return new URL(value).origin === value
}

/** Where a request comes from. */
export type Site =
  /** This service's own pages, or no page at all (curl, the address bar). */
  | { readonly kind: 'own' }
  /** A page of one of the listed origins. */
  | { readonly kind: 'listed'; readonly origin: string }
  | { readonly kind: 'foreign' }

/**
 * Makes what tells where requests come from. A browser says it in `Sec-Fetch-Site`, which pages cannot set; where that
 * is absent (old browsers, plain HTTP to other machines) an `Origin` gives a foreign page away.
 */
export function siteCheck(origins: readonly string[]): (request: RequestInfo) => Site {
  const listed = new Set(origins)
  return (request) => {
    const origin = request.header('origin')
    if (origin !== undefined && listed.has(origin)) return { kind: 'listed', origin }
    const site = request.header('sec-fetch-site')
    const isOwn = site === undefined ? origin === undefined || isOf(origin, request) : isOwnSite(site)
    return { kind: isOwn ? 'own' : 'foreign' }
  }
}

// `same-site` is another host of the same domain, perhaps another tenant's. What a later standard may add is foreign.
function isOwnSite(site: string): boolean {
  return site === 'same-origin' || site === 'none'
}

function isOf(origin: string, request: RequestInfo): boolean {
  const host = request.header(':authority') ?? request.header('host')
  // Not the scheme: behind a proxy that ends TLS it is not known here.
  return host !== undefined && /^https?:\/\//.test(origin) && origin.replace(/^https?:\/\//, '') === host
}

/** What lets a page of `origin` read the answer, with the credentials of who sits before it. */
export function corsOf(origin: string, method: string): Record<string, string> {
  const read = { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' }
  return method === 'OPTIONS' ? { ...read, ...preflight } : read
}

// Not kept by the browser: a list may become shorter.
const preflight = {
  'access-control-allow-methods': 'GET, HEAD',
  'access-control-allow-headers': ['Authorization', ...corsHeaders.allowed].join(', '),
  'access-control-max-age': '0',
}
