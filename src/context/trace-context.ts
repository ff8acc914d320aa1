import { newSpanId } from './new-id.js'

// W3C Trace Context, https://www.w3.org/TR/trace-context/ (level 1, and of level 2 the flag "random").
const shape = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
/** Callers may send any length; what later versions add stands behind the parts that are read. */
const maxParentLength = 512
const zeroes = /^0+$/
const knownFlags = 0x03

/** The trace that a piece of work belongs to. */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** `traceparent` as it came in, or as it would have. */
  readonly traceparent: string
  /** What other tracing systems gave along, as it came. */
  readonly tracestate: string | undefined
}

/**
 * The trace of a caller's headers.
 *
 * @param tracestate several headers are joined with a comma before; what breaks its grammar is left out
 * @returns undefined for what is no `traceparent`: then nothing of `tracestate` counts either
 */
export function readTrace(traceparent: string | undefined, tracestate?: string): Trace | undefined {
  const [, version, traceId, parentId, flags, more] =
    shape.exec(traceparent?.slice(0, maxParentLength).trim() ?? '') ?? []
  if (version === undefined || traceId === undefined || parentId === undefined || flags === undefined) return undefined
  if (version === 'ff' || zeroes.test(traceId) || zeroes.test(parentId)) return undefined
  // Later versions may add parts; ours has none.
  if (version === '00' && more !== undefined) return undefined
  const known = (Number.parseInt(flags, 16) & knownFlags).toString(16).padStart(2, '0')
  return { traceId, traceparent: `00-${traceId}-${parentId}-${known}`, tracestate: readState(tracestate) }
}

/**
 * A trace that begins with a request, job or scope, and is named like it: its last 7 bytes are random, as level 2 wants. Not
 * sampled: Spoor records no spans, and no earlier service does.
 *
 * @param id a UUID
 */
export function newTrace(id: string): Trace {
  const traceId = id.replaceAll('-', '')
  return { traceId, traceparent: `00-${traceId}-${newSpanId()}-00`, tracestate: undefined }
}

/** `traceparent` for a call made in a trace: the same trace and flags, a new parent. */
export function childTraceparent({ traceparent }: Trace): string {
  return `${traceparent.slice(0, 36)}${newSpanId()}${traceparent.slice(52)}`
}

const maxMembers = 32
const maxStateLength = 512
const key = '[a-z0-9][a-z0-9_\\-*/]{0,255}|[a-z0-9][a-z0-9_\\-*/]{0,240}@[a-z][a-z0-9_\\-*/]{0,13}'
const value = '[\\x20-\\x2b\\x2d-\\x3c\\x3e-\\x7e]{0,255}[\\x21-\\x2b\\x2d-\\x3c\\x3e-\\x7e]'
const member = new RegExp(`^(${key})=(?:${value})$`)

/** `tracestate` without its empty members; undefined if it is absent or a part of it breaks the grammar. */
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

// The document asks to carry 512 characters at least, and to drop long members, then the last ones, beyond that.
function bounded(members: string[]): string[] {
  const kept = members.filter((each) => members.join(',').length <= maxStateLength || each.length <= 128)
  while (kept.join(',').length > maxStateLength) kept.pop()
  return kept
}
