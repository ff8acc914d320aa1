import { newSpanId } from './new-id.js'

// W3C Trace Context, https://www.w3.org/TR/trace-context/ (level 1, and the flag "random" of level 2).
const shape = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
/** Callers may send texts of any length. Later versions add parts only behind the parts that are read here. */
const maxParentLength = 512
const zeroes = /^0+$/
const knownFlags = 0x03

/** The W3C trace that work belongs to. */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** `traceparent` as the caller sent it, or, for a trace that Spoor began, as a caller would have sent it. */
  readonly traceparent: string
  /** The entries of other tracing systems, unchanged. */
  readonly tracestate: string | undefined
}

/**
 * Reads the trace from a caller's headers.
 *
 * @param tracestate several headers are joined with a comma before; an invalid `tracestate` is ignored
 * @returns undefined for an invalid `traceparent`; `tracestate` is then ignored too
 */
export function readTrace(traceparent: string | undefined, tracestate?: string): Trace | undefined {
  const [, version, traceId, parentId, flags, more] =
    shape.exec(traceparent?.slice(0, maxParentLength).trim() ?? '') ?? []
  if (version === undefined || traceId === undefined || parentId === undefined || flags === undefined) return undefined
  if (version === 'ff' || zeroes.test(traceId) || zeroes.test(parentId)) return undefined
  // Later versions may add parts; version 00 has none.
  if (version === '00' && more !== undefined) return undefined
  const known = (Number.parseInt(flags, 16) & knownFlags).toString(16).padStart(2, '0')
  return { traceId, traceparent: `00-${traceId}-${parentId}-${known}`, tracestate: readState(tracestate) }
}

/**
 * Begins a trace for a request, job or scope. The trace id is the id without dashes; its last 7 bytes are random, as
 * level 2 requires. The trace is not sampled, because neither Spoor nor an earlier service records spans.
 *
 * @param id a UUID
 */
export function newTrace(id: string): Trace {
  const traceId = id.replaceAll('-', '')
  return { traceId, traceparent: `00-${traceId}-${newSpanId()}-00`, tracestate: undefined }
}

/** The `traceparent` of a call in a trace: the same trace id and flags, and a new parent id. */
export function childTraceparent({ traceparent }: Trace): string {
  return `${traceparent.slice(0, 36)}${newSpanId()}${traceparent.slice(52)}`
}

const maxMembers = 32
const maxStateLength = 512
const key = '[a-z0-9][a-z0-9_\\-*/]{0,255}|[a-z0-9][a-z0-9_\\-*/]{0,240}@[a-z][a-z0-9_\\-*/]{0,13}'
const value = '[\\x20-\\x2b\\x2d-\\x3c\\x3e-\\x7e]{0,255}[\\x21-\\x2b\\x2d-\\x3c\\x3e-\\x7e]'
const member = new RegExp(`^(${key})=(?:${value})$`)

/** `tracestate` without empty members; undefined if it is absent or any part of it is invalid. */
function readState(tracestate: string | undefined): string | undefined {
  if (tracestate === undefined) return undefined
  const members = tracestate
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
  if (members.length === 0 || members.length > maxMembers) return undefined
  const keys = new Set(members.map((each) => member.exec(each)?.[1]))
  if (keys.has(undefined) || keys.size < members.length) return undefined
  return bounded(members).join(',')
}

// The specification asks to pass on at least 512 characters. Beyond that, it allows to drop long members first, and
// then the last ones.
function bounded(members: string[]): string[] {
  const kept = members.filter((each) => members.join(',').length <= maxStateLength || each.length <= 128)
  while (kept.join(',').length > maxStateLength) kept.pop()
  return kept
}
