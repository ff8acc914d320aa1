import { type NormalisedSql, normalise } from '../safe-values/sql/normalise.js'
import type { QueryKind } from '../work/queries.js'

const maxSummary = 255

// `normalise` remembers texts without literals, and returns the same object for the same text.
const kinds = new WeakMap<NormalisedSql, QueryKind>()

/** The kind of an SQL statement. @param text if it is not a string, the kind has no text */
export function sqlKind(system: string, text: unknown, namespace?: string): QueryKind {
  if (typeof text !== 'string') return { system, namespace, summary: undefined, text: undefined }
  const read = normalise(system, text)
  const known = kinds.get(read)
  if (known !== undefined && known.system === system && known.namespace === namespace) return known
  const kind = { system, namespace, summary: read.summary, text: read.text }
  if (!read.hadLiteral) kinds.set(read, kind)
  return kind
}

// A client sends any name that a service gives to it, also a whole command in one text.
const commandName = /^[a-z][\w.:-]{0,39}$/i

/** The name of a command, such as `GET` of Redis. An unusual name may hold values, and becomes `?`. */
export function shownCommand(name: unknown): string {
  const text = String(name)
  return commandName.test(text) ? text.toUpperCase() : '?'
}

/** The kind of a command without a text, such as `FIND posts` of MongoDB. */
export function namedKind(system: string, summary: string | undefined, namespace?: string): QueryKind {
  return { system, namespace, summary: summary?.slice(0, maxSummary), text: undefined }
}

/** The service's own summary, without control characters, cut at 255 characters. */
export function cleanSummary(summary: string): string {
  return summary.slice(0, maxSummary).replace(/\p{Cc}/gu, ' ')
}
