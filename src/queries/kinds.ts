import { type NormalisedSql, normalise } from '../safe-values/sql/normalise.js'
import type { QueryKind } from '../work/queries.js'

const maxSummary = 255

// Texts without literals are remembered by `normalise`: the same object comes back for each of them.
const kinds = new WeakMap<NormalisedSql, QueryKind>()

/** The kind of an SQL statement. @param text anything else than a string gives a kind without text */
export function sqlKind(system: string, text: unknown, namespace?: string): QueryKind {
  if (typeof text !== 'string') return { system, namespace, summary: undefined, text: undefined }
  const read = normalise(system, text)
  const known = kinds.get(read)
  if (known !== undefined && known.system === system && known.namespace === namespace) return known
  const kind = { system, namespace, summary: read.summary, text: read.text }
  if (!read.hadLiteral) kinds.set(read, kind)
  return kind
}

/** The kind of a command without a text, such as `GET` of Redis. */
export function namedKind(system: string, summary: string | undefined, namespace?: string): QueryKind {
  return { system, namespace, summary: summary?.slice(0, maxSummary), text: undefined }
}

/** A summary as the service gave it, without control characters. */
export function cleanSummary(summary: string): string {
  return summary.slice(0, maxSummary).replace(/\p{Cc}/gu, ' ')
}
