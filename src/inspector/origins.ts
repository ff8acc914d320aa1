import type { RequestInfo } from '../http/request-info.js'
import { corsHeaders } from '../http/response-headers.js'

/** True for a valid item of `origins`, as browsers send it: `https://app.example` or `http://localhost:5173`. */
export function isOrigin(value: unknown): boolean {
  // The URL parser accepts wildcards.
  if (typeof value !== 'string' || !/^https?:\/\/[^*]+$/.test(value) || !URL.canParse(value)) return false
  return new URL(value).origin === value
}

/** The site that sent a request. */
export type Site =
  /** This service's own pages, or no page at all (curl, the address bar). */
  | { readonly kind: 'own' }
  /** A page of one of the listed origins. */
  | { readonly kind: 'listed'; readonly origin: string }
  | { readonly kind: 'foreign' }

/**
 * Makes a function that finds the site of a request. Browsers send `Sec-Fetch-Site`, which pages cannot set. Without it
 * (old browsers, plain HTTP to other machines) the `Origin` decides.
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

// `same-site` is another host of the same domain, perhaps another tenant's. Unknown values count as foreign.
function isOwnSite(site: string): boolean {
  return site === 'same-origin' || site === 'none'
}

function isOf(origin: string, request: RequestInfo): boolean {
  const host = request.header(':authority') ?? request.header('host')
  // The scheme is not compared: behind a proxy that ends TLS it is unknown.
  return host !== undefined && /^https?:\/\//.test(origin) && origin.replace(/^https?:\/\//, '') === host
}

/** The headers that let a page of `origin` read the answer, with its user's credentials. */
export function corsOf(origin: string, method: string): Record<string, string> {
  const read = { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' }
  return method === 'OPTIONS' ? { ...read, ...preflight } : read
}

// Browsers must not cache the answer: `origins` may become shorter.
const preflight = {
  'access-control-allow-methods': 'GET, HEAD',
  'access-control-allow-headers': ['Authorization', ...corsHeaders.allowed].join(', '),
  'access-control-max-age': '0',
}
