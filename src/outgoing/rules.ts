import { defaultIdHeader, type IdHeader } from '../context/request-id.js'
import type { Logger } from '../logging/logger.js'
import { CallLines } from './call-line.js'
import type { OutgoingOptions } from './outgoing-options.js'
import { fullOrigin } from './target.js'

/** The rule for the calls to a host. */
export interface Rule {
  /** Writes the lines of the calls. */
  readonly lines: CallLines | undefined
  /** True if the host may see the request id and the trace. */
  readonly propagate: boolean
  /** The header that takes the request id to the host. */
  readonly idHeader: IdHeader
}

/** Returns the rule for an origin; undefined if the host is not listed. */
export type RuleOf = (origin: string) => Rule | undefined

/** Makes the rules of a service. Scheme, name and port of a call must be exactly those of the entry. */
export function rulesOf(
  entries: readonly OutgoingOptions[],
  loggerOf: (name: string) => Logger,
  idHeader: IdHeader = defaultIdHeader,
): RuleOf {
  const rules = new Map<string, Rule>()
  for (const { host, logger, propagate = false } of entries) {
    const rule = { lines: logger === undefined ? undefined : new CallLines(loggerOf(logger)), propagate, idHeader }
    for (const origin of originsOf(host)) rules.set(origin, rule)
  }
  return (origin) => rules.get(origin)
}

const shape = /^(?:\[[0-9a-f:.]+\]|[^\s/?#@:\\[\]*%]+)(?::\d{1,5})?$/i

/** True for a host such as `blog.example` or `blog.example:8080`, without scheme, path and wildcard. */
export function isHost(value: unknown): boolean {
  return typeof value === 'string' && shape.test(value) && originsOf(value).every((origin) => origin !== '')
}

/**
 * The origins of a host. A host without a port means the standard port of each scheme; a host with a port means this
 * port with either scheme.
 */
export function originsOf(host: string): string[] {
  return ['http:', 'https:'].map((scheme) => fullOrigin(`${scheme}//${host}`))
}
