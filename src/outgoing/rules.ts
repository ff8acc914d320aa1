import type { Logger } from '../logging/logger.js'
import type { OutgoingOptions } from './outgoing-options.js'
import { fullOrigin } from './target.js'

/** What to do with the calls to a host. */
export interface Rule {
  /** Where their lines go. */
  readonly logger: Logger | undefined
  /** It may see the request id and the trace. */
  readonly propagate: boolean
}

/** Finds the rule for an origin. */
export type RuleOf = (origin: string) => Rule | undefined

/** Makes the rules of a service. Scheme, name and port must be exactly those of the entry. */
export function rulesOf(entries: readonly OutgoingOptions[], loggerOf: (name: string) => Logger): RuleOf {
  const rules = new Map<string, Rule>()
  for (const { host, logger, propagate = false } of entries) {
    const rule = { logger: logger === undefined ? undefined : loggerOf(logger), propagate }
    for (const origin of originsOf(host)) rules.set(origin, rule)
  }
  return (origin) => rules.get(origin)
}

const shape = /^(?:\[[0-9a-f:.]+\]|[^\s/?#@:\\[\]*%]+)(?::\d{1,5})?$/i

/** True for `blog.example`, `blog.example:8080` and the like: no scheme, no path, no wildcard. */
export function isHost(value: unknown): boolean {
  return typeof value === 'string' && shape.test(value) && originsOf(value).every((origin) => origin !== '')
}

/** A host alone means the standard port of each scheme; a host with a port that port, by either scheme. */
export function originsOf(host: string): string[] {
  return ['http:', 'https:'].map((scheme) => fullOrigin(`${scheme}//${host}`))
}
