import type { ContextSeed } from './request-context.js'
import { inboundId } from './request-id.js'
import { readTrace } from './trace-context.js'

/** The headers of a caller about the id and trace of a request. Several headers of one name are joined with a comma. */
export interface InboundHeaders {
  readonly requestId: string | undefined
  readonly traceparent: string | undefined
  readonly tracestate: string | undefined
}

/**
 * Decides about the id and trace that a caller sent. The id and trace of a trusted caller become those of the request.
 * The id and trace of another caller are kept only as `clientRequestId` and `clientTraceId`; if such a caller sent a
 * trace, the request gets a new one.
 *
 * @param trace `own` begins a new trace if the caller sent none
 */
export function inboundSeed(headers: InboundHeaders, trusted: boolean, trace?: 'own'): ContextSeed {
  const seed = inboundId(headers.requestId, trusted)
  // The `tracestate` of an untrusted caller is never used, so it is not read.
  const state = trusted ? headers.tracestate : undefined
  const named = headers.traceparent === undefined ? undefined : readTrace(headers.traceparent, state)
  if (named === undefined) return { ...seed, trace }
  return trusted ? { ...seed, trace: named } : { ...seed, trace: 'own', clientTraceId: named.traceId }
}
