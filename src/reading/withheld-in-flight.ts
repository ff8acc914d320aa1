import { type ReadAccess, seesAll } from '../records/read-access.js'

/**
 * A record, or the fields of its line, without the number of requests in flight, unless the reader sees everything: it would count the
 * requests of others.
 */
export function withoutInFlight<Of extends { readonly process?: unknown }>(access: ReadAccess, of: Of): Of {
  const { process } = of
  if (typeof process !== 'object' || process === null || seesAll(access)) return of
  const { inFlight: _, ...figures } = process as { readonly inFlight?: unknown }
  return { ...of, process: figures }
}
