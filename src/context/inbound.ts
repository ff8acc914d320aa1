import type { ContextSeed } from './request-context.js'
import { inboundId } from './request-id.js'
import { readTrace } from './trace-context.js'

/** What a caller's headers may say about a request; several of one name are joined with a comma. */
export interface InboundHeaders {
  readonly requestId: string | undefined
  readonly traceparent: string | undefined
  readonly tracestate: string | undefined
}

/**
 * Decides on the id and trace a caller sent. A trusted caller's are taken; those of others are only kept, as
 * `clientRequestId` and `clientTraceId`, and a caller who named a trace gets a new one.
 *
 * @param trace what to do where no trace came in
 */
export function inboundSeed(headers: InboundHeaders, trusted: boolean, trace?: 'own'): ContextSeed {
  const seed = inboundId(headers.requestId, trusted)
  // The state of an untrusted caller is never used, so it is never read.
  const state = trusted ? headers.tracestate : undefined
  const named = headers.traceparent === undefined ? undefined : readTrace(headers.traceparent, state)
  if (named === undefined) return { ...seed, trace }
  return trusted ? { ...seed, trace: named } : { ...seed, trace: 'own', clientTraceId: named.traceId }
}
