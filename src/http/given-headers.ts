import type { OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http'

/** The headers that `writeHead` was given: an object, a flat list or a list of pairs. */
export type Given = OutgoingHttpHeaders | OutgoingHttpHeader[]

/** The value that `writeHead` was given for a name, in any case; a list for several values. */
export function givenValue(given: Given, lowerName: string): OutgoingHttpHeader | undefined {
  if (!Array.isArray(given)) return valueIn(given, lowerName)
  const values = entriesOf(given).flatMap(([name, value]) => (isNamed(name, [lowerName]) ? [value] : []))
  return values.length > 1 ? values.flat().map(String) : values[0]
}

// Fastify and Hono give an object with each response: entries of it would cost more than all else that is done with a head.
function valueIn(given: OutgoingHttpHeaders, lowerName: string): OutgoingHttpHeader | undefined {
  let found: OutgoingHttpHeader | undefined
  let count = 0
  for (const name of Object.keys(given)) {
    if (name !== lowerName && (name.length !== lowerName.length || name.toLowerCase() !== lowerName)) continue
    found = count === 0 ? given[name] : both(found, given[name])
    count++
  }
  return found
}

/** The headers that `writeHead` was given, without some names. Headers that Node would refuse stay unchanged. */
export function without(given: Given, lowerNames: readonly string[]): Given {
  const names: readonly unknown[] = Array.isArray(given) ? entriesOf(given).map(([name]) => name) : Object.keys(given)
  if (!names.some((name) => isNamed(name, lowerNames))) return given
  const kept = entriesOf(given).filter(([name]) => !isNamed(name, lowerNames))
  if (Array.isArray(given)) return (isPairs(given) ? kept : kept.flat()) as Given
  // Without a prototype: a header may be named constructor.
  return Object.assign(Object.create(null), Object.fromEntries(kept)) as OutgoingHttpHeaders
}

/**
 * A list as an object, for a response that already has headers: for such a response, Node 20 keeps only the last of two
 * cookies in a flat list, and no version accepts pairs. An invalid list stays unchanged, so that Node names the mistake.
 */
export function merged(given: OutgoingHttpHeader[]): Given {
  const entries = entriesOf(given)
  const isWhole = isPairs(given)
    ? given.every((pair: unknown) => Array.isArray(pair) && pair.length === 2)
    : given.length % 2 === 0
  if (!isWhole || !entries.every(([name]) => typeof name === 'string')) return given
  const headers = new Map<string, [name: string, value: OutgoingHttpHeader | undefined]>()
  for (const [name, value] of entries as [string, OutgoingHttpHeader | undefined][]) {
    const before = headers.get(name.toLowerCase())
    headers.set(name.toLowerCase(), before === undefined ? [name, value] : [before[0], both(before[1], value)])
  }
  return Object.assign(Object.create(null), Object.fromEntries(headers.values())) as OutgoingHttpHeaders
}

function both(...values: (OutgoingHttpHeader | undefined)[]): string[] {
  return values.flat().map(String)
}

function isNamed(name: unknown, lowerNames: readonly string[]): boolean {
  return typeof name === 'string' && lowerNames.includes(name.toLowerCase())
}

// An object, or a flat array [name, value, name, value, …], or (not documented, but it works) a list of pairs.
function entriesOf(given: Given): [name: unknown, value: OutgoingHttpHeader | undefined][] {
  if (!Array.isArray(given)) return Object.entries(given)
  if (isPairs(given))
    return given.map((pair: unknown) => (Array.isArray(pair) ? [pair[0], pair[1]] : [pair, undefined]))
  const entries: [unknown, OutgoingHttpHeader | undefined][] = []
  for (let at = 0; at < given.length; at += 2) entries.push([given[at], given[at + 1]])
  return entries
}

/** True for a list of pairs, and not a flat one. */
export function isPairs(given: unknown[]): boolean {
  return Array.isArray(given[0])
}
