import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { nodesMethod, put, takeBack } from './bound-methods.js'

/** The header that carries the request id, in and out. */
export const requestIdHeader = 'X-Request-ID'

/**
 * Header names for the usual CORS packages: `cors({ exposedHeaders: corsHeaders.exposed, allowedHeaders: [...own,
 * ...corsHeaders.allowed] })`. A browser shows a page only the exposed ones, and sends only the allowed ones.
 */
export const corsHeaders: { readonly exposed: string[]; readonly allowed: string[] } = {
  exposed: [requestIdHeader, 'X-Resource-Tracking-ID'],
  allowed: [requestIdHeader, 'X-Debug-Resource-Tracking', 'traceparent', 'tracestate'],
}

type Given = OutgoingHttpHeaders | OutgoingHttpHeader[]

/** Whose id a response carries. */
export interface HeadOwner {
  /** Ours failed, because the service changed the response: its head goes without ours. */
  onBroken(error: unknown): void
  readonly requestId: string
  /**
   * Called when the headers are written, by whoever writes them.
   *
   * @param contentType of the response, if it has one
   * @returns headers that the response gets besides, in the place of the service's own
   */
  onHead(contentType: string | undefined): Readonly<Record<string, string>> | undefined
}

const key = Symbol('spoor.head')
type Kept = ServerResponse & { [key]?: { owner: HeadOwner; writeHead: ServerResponse['writeHead'] } }

/**
 * Sets the request id on a response now, so that the service can read it from there, and once more when the headers
 * are written: frameworks clear them on errors. Cross-origin responses get ours appended to what the service exposes.
 */
export function keepHeaders(response: ServerResponse, owner: HeadOwner): void {
  if (response.headersSent) return
  response.setHeader(requestIdHeader, owner.requestId)
  const kept: Kept = response
  const isOurs = response.writeHead === (writeHead as unknown)
  kept[key] = {
    owner,
    writeHead: isOurs ? (nodesMethod('writeHead') as ServerResponse['writeHead']) : response.writeHead,
  }
  put(response, 'writeHead', writeHead as ServerResponse['writeHead'])
}

/** Takes back what `keepHeaders` put on a response. */
export function releaseHeaders(response: ServerResponse): void {
  const kept = (response as Kept)[key]
  if (kept !== undefined) takeBack(response, 'writeHead', writeHead as ServerResponse['writeHead'], kept.writeHead)
}

// One function for all responses: see bound-methods.ts.
function writeHead(this: Kept, status: number, ...rest: unknown[]): ServerResponse {
  const kept = this[key]
  // The service gave it to another object.
  if (kept === undefined) return Reflect.apply(nodesMethod('writeHead'), this, [status, ...rest]) as ServerResponse
  const { owner, writeHead } = kept
  try {
    if (!this.headersSent) {
      // As Node reads it: the headers come second also behind a reason that is none.
      const at = typeof rest[0] === 'string' || (rest[1] !== undefined && rest[1] !== null) ? 1 : 0
      const given = (rest[at] ?? undefined) as Given | undefined
      const headers = withMore(this, withOurs(this, given, owner.requestId), owner)
      rest[at] = given === undefined ? headers : (asGiven(this, given) ?? headers)
    }
  } catch (error) {
    owner.onBroken(error)
    setInherited(this, rest)
  }
  return Reflect.apply(writeHead, this, [status, ...rest]) as ServerResponse
}
Object.defineProperty(writeHead, 'length', { value: 3 }) // as Node's own has

// Node's writeHead calls the response's `setHeader` as soon as one header is set, and ours is. Where the service's fails, the
// inherited one sets what it gave.
function setInherited(response: ServerResponse, rest: unknown[]): void {
  const at = typeof rest[0] === 'string' ? 1 : 0
  const given = rest[at] as Given | undefined
  if (!given || typeof given !== 'object') return
  const { setHeader, getHeaderNames } = Object.getPrototypeOf(response) as ServerResponse
  // With a header of the service's own it would fail without us as well.
  if (getHeaderNames.call(response).some((name) => name !== requestIdHeader.toLowerCase())) return
  for (const [name, value] of Object.entries(merged(given))) {
    if (value !== undefined) Reflect.apply(setHeader, response, [name, value])
  }
  rest[at] = undefined
}

function withOurs(response: ServerResponse, given: Given | undefined, requestId: string): Given | undefined {
  response.setHeader(requestIdHeader, requestId)
  // An odd list is a mistake that Node names.
  if (Array.isArray(given) && isOdd(given)) return given
  const headers = given && merged(given)
  if (headers !== undefined) delete headers[keyOf(headers, requestIdHeader)]
  const origin = headers?.[keyOf(headers, 'Access-Control-Allow-Origin')]
  if ((origin ?? response.getHeader('Access-Control-Allow-Origin')) === undefined) return headers
  expose(response, headers)
  return headers
}

function withMore(response: ServerResponse, given: Given | undefined, owner: HeadOwner): Given | undefined {
  const own = given === undefined || Array.isArray(given) ? undefined : given
  const said = (name: string): OutgoingHttpHeader | undefined => own?.[keyOf(own, name)] ?? response.getHeader(name)
  const more = owner.onHead(said('Content-Type')?.toString())
  for (const [name, value] of Object.entries(more ?? {})) {
    // What the service timed itself stays, before ours.
    const before = name === 'Server-Timing' ? said(name) : undefined
    response.setHeader(name, before === undefined ? value : `${[before].flat().join(', ')}, ${value}`)
    if (own !== undefined) delete own[keyOf(own, name)]
  }
  return given
}

/**
 * The service's headers as a list with ours, where Node's way with headers that were set before would change them: it
 * writes a name that was given in two spellings (`X-A`, `x-a`) in one, and raises another error for an odd list.
 *
 * @returns undefined for all other headers, and where the service set some before
 */
function asGiven(response: ServerResponse, given: Given): Given | undefined {
  const isWrong = Array.isArray(given) && isOdd(given)
  if (!isWrong && !isSpeltTwice(entriesOf(given))) return undefined
  const ours = Object.entries(response.getHeaders())
  const store = Object.getOwnPropertySymbols(response).find((symbol) => symbol.description === 'kOutHeaders')
  if (store === undefined || ours.length > 1) return undefined
  // Without headers set before, Node writes a list as it is.
  Reflect.set(response, store, null)
  if (isWrong) return given
  const own = entriesOf(given).filter(([name]) => name.toLowerCase() !== requestIdHeader.toLowerCase())
  const id = ours.map(([, value]): [string, OutgoingHttpHeader | undefined] => [requestIdHeader, value])
  return [...own, ...id].flatMap(([name, value]) => [name, value ?? ''] as OutgoingHttpHeader[])
}

function isSpeltTwice(entries: readonly [string, unknown][]): boolean {
  const names = new Set(entries.map(([name]) => name))
  return new Set([...names].map((name) => name.toLowerCase())).size < names.size
}

function expose(response: ServerResponse, headers: OutgoingHttpHeaders | undefined): void {
  const name = 'Access-Control-Expose-Headers'
  const key = headers && keyOf(headers, name)
  response.setHeader(name, appended((key && headers?.[key]) ?? response.getHeader(name)))
  if (key !== undefined) delete headers?.[key]
}

/** The service's list as it is, then those of ours it lacks. */
function appended(exposed: OutgoingHttpHeader | undefined): string {
  const own = exposed === undefined ? '' : Array.isArray(exposed) ? exposed.join(', ') : String(exposed)
  const there = new Set(
    own
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  )
  const missing = corsHeaders.exposed.filter((name) => !there.has(name.toLowerCase()))
  return [own, ...missing].filter((part) => part !== '').join(', ')
}

/**
 * What writeHead was given as one object of our own, each name once. Where a header was set before (ours always is),
 * Node 20 keeps only the last of two cookies in a flat array, and no version takes a list of pairs.
 */
function merged(given: Given): OutgoingHttpHeaders {
  // Without a prototype: a header may be named constructor.
  const headers: OutgoingHttpHeaders = Object.create(null)
  for (const [name, value] of entriesOf(given)) {
    const key = keyOf(headers, name)
    const before = headers[key]
    headers[key] = before === undefined ? value : ([before, value].flat().map(String) as string[])
  }
  return headers
}

// An object, or a flat array [name, value, name, value, …], or (not documented, but it works) a list of pairs.
function entriesOf(given: Given): [string, OutgoingHttpHeader | undefined][] {
  if (!Array.isArray(given)) return Object.entries(given)
  if (isPairs(given)) return given
  return given.flatMap((name, at) => (at % 2 === 0 ? [[String(name), given[at + 1]]] : []))
}

function isOdd(given: unknown[]): boolean {
  if (!isPairs(given)) return given.length % 2 !== 0
  return given.some((pair: unknown) => !Array.isArray(pair) || typeof pair[0] !== 'string')
}

function isPairs(given: unknown[]): given is [string, OutgoingHttpHeader][] {
  return Array.isArray(given[0])
}

/** The name as it is written in `headers`, if it is there in any case. */
function keyOf(headers: OutgoingHttpHeaders, name: string): string {
  if (Object.hasOwn(headers, name)) return name
  const wanted = name.toLowerCase()
  return Object.keys(headers).find((key) => key.toLowerCase() === wanted) ?? name
}
