import type { OutgoingHttpHeader, ServerResponse } from 'node:http'
import { defaultIdHeader, type IdHeader } from '../context/request-id.js'
import { ownMembers } from '../safe-values/own-member.js'
import { nodesMethod, put, takeBack } from './bound-methods.js'
import { type Given, givenValue, isPairs, merged, without } from './given-headers.js'

const trackingHeader = 'X-Resource-Tracking-ID'

/**
 * Header names for the usual CORS packages: `cors({ exposedHeaders: corsHeaders.exposed, allowedHeaders: [...own,
 * ...corsHeaders.allowed] })`. A browser shows a page only the exposed ones, and sends only the allowed ones. With
 * `requestId.header`, add that name to both lists yourself.
 */
export const corsHeaders: { readonly exposed: string[]; readonly allowed: string[] } = {
  exposed: [defaultIdHeader.name, trackingHeader],
  allowed: [defaultIdHeader.name, 'X-Debug-Resource-Tracking', 'traceparent', 'tracestate'],
}

/** Whose id a response carries. */
export interface HeadOwner {
  /** True if Spoor's code failed because the service changed the response: the head is sent without Spoor's headers. */
  onBroken(error: unknown): void
  readonly requestId: string
  readonly idHeader: IdHeader
  /**
   * Called when the headers are written.
   *
   * @param contentType of the response, if it has one
   * @returns headers that the response gets besides, in the place of the service's own
   */
  onHead(contentType: string | undefined): Readonly<Record<string, string>> | undefined
}

const key = Symbol('spoor.head')
interface Keeping {
  readonly owner: HeadOwner
  readonly writeHead: ServerResponse['writeHead']
  /** Where Node keeps the headers that are set, if none was when ours was. */
  readonly slot: symbol | undefined
}
type Kept = ServerResponse & { [key]?: Keeping }

/**
 * Sets the request id on a response now, so that the service can read it from there, and once more when the headers
 * are written: frameworks clear them on errors. Cross-origin responses get ours appended to what the service exposes.
 */
export function keepHeaders(response: ServerResponse, owner: HeadOwner): void {
  if (response.headersSent) return
  const slot = emptySlot(response)
  response.setHeader(owner.idHeader.name, owner.requestId)
  const kept: Kept = response
  const isOurs = response.writeHead === (writeHead as unknown)
  const before = isOurs ? (nodesMethod('writeHead') as ServerResponse['writeHead']) : response.writeHead
  kept[key] = { owner, writeHead: before, slot }
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
  if (!kept) return Reflect.apply(nodesMethod('writeHead'), this, [status, ...rest]) as ServerResponse
  // As Node reads it: the headers come second also if the reason is undefined.
  const at = typeof rest[0] === 'string' || (rest[1] !== undefined && rest[1] !== null) ? 1 : 0
  const isAlone = kept.slot !== undefined && isOnlyOurs((this as WithSet)[kept.slot], kept.owner)
  try {
    // Node takes false, 0 and '' for no headers.
    if (!this.headersSent) rest[at] = withOurs(this, (rest[at] || undefined) as Given | undefined, kept.owner)
  } catch (error) {
    kept.owner.onBroken(error)
  }
  if (isAlone && typeof rest[at] === 'object') return writeHeadAlone(this, kept, [status, ...rest], at + 1)
  if (Array.isArray(rest[at])) rest[at] = merged(rest[at])
  return Reflect.apply(kept.writeHead, this, [status, ...rest]) as ServerResponse
}
Object.defineProperty(writeHead, 'length', ownMembers({ value: 3 })) // as Node's own has

// The headers that are set on a response, as Node keeps them: by the name in lower case, the name as it was set, and the value.
type SetHeaders = Record<string, [name: string, value: OutgoingHttpHeader]>
type WithSet = ServerResponse & Record<symbol, SetHeaders | null | undefined>
let slotOfNode: symbol | undefined

function emptySlot(response: ServerResponse): symbol | undefined {
  slotOfNode ??= Object.getOwnPropertySymbols(response).find(({ description }) => description === 'kOutHeaders')
  return slotOfNode !== undefined && (response as WithSet)[slotOfNode] === null ? slotOfNode : undefined
}

function isOnlyOurs(set: SetHeaders | null | undefined, { idHeader }: HeadOwner): boolean {
  if (!set) return false
  for (const name in set) if (name !== idHeader.lowerName) return false
  return true
}

/**
 * Where no header is set, Node writes what it is given as it is, with repeated names in any case; else it sets each. Ours
 * must not change that: it goes along with what is given.
 */
function writeHeadAlone(
  response: ServerResponse,
  { writeHead, slot }: Keeping,
  args: unknown[],
  at: number,
): ServerResponse {
  const held = response as WithSet
  const ours = held[slot as symbol] as SetHeaders
  const given = args[at] as Given
  // Node names the list in its error: it must be the service's own.
  const isOdd = Array.isArray(given) && !isPairs(given) && given.length % 2 !== 0
  if (!isOdd) args[at] = joined(Object.values(ours), given)
  held[slot as symbol] = null
  try {
    return Reflect.apply(writeHead, response, args) as ServerResponse
  } finally {
    held[slot as symbol] ??= ours
  }
}

function joined(ours: SetHeaders[string][], given: Given): unknown {
  if (!Array.isArray(given)) return { ...Object.fromEntries(ours), ...given }
  return [...(isPairs(given) ? ours : ours.flat()), ...given]
}

function withOurs(response: ServerResponse, given: Given | undefined, owner: HeadOwner): Given | undefined {
  const { name: idName, lowerName } = owner.idHeader
  response.setHeader(idName, owner.requestId)
  const replaced = [lowerName]
  const said = (name: string): OutgoingHttpHeader | undefined =>
    (given && givenValue(given, name.toLowerCase())) ?? headerOf(response, name)
  const set = (name: string, value: string): void => {
    response.setHeader(name, value)
    replaced.push(name.toLowerCase())
  }
  if (said('Access-Control-Allow-Origin') !== undefined) {
    set('Access-Control-Expose-Headers', appended(said('Access-Control-Expose-Headers'), [idName, trackingHeader]))
  }
  const more = owner.onHead(said('Content-Type')?.toString())
  for (const [name, value] of Object.entries(more ?? {})) {
    // The service's own timings stay, before Spoor's.
    const before = name === 'Server-Timing' ? said(name) : undefined
    set(name, before === undefined ? value : `${[before].flat().join(', ')}, ${value}`)
  }
  return given && without(given, replaced)
}

/** A header that is set. The service may have replaced `getHeader`: a promise or the response itself is not a header. */
function headerOf(response: ServerResponse, name: string): OutgoingHttpHeader | undefined {
  const value: unknown = response.getHeader(name)
  return typeof value === 'string' || typeof value === 'number' || Array.isArray(value) ? value : undefined
}

/** The service's list as it is, then the names of Spoor's headers that it lacks. */
function appended(exposed: OutgoingHttpHeader | undefined, names: readonly string[]): string {
  const own = exposed === undefined ? '' : Array.isArray(exposed) ? exposed.join(', ') : String(exposed)
  const there = new Set(
    own
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  )
  const missing = names.filter((name) => !there.has(name.toLowerCase()))
  return [own, ...missing].filter((part) => part !== '').join(', ')
}
