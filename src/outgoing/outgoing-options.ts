import { all, type Check, check, flag, list, loggerProblem, object, optional, problemOf, text } from '../options.js'
import { ownMembers } from '../safe-values/own-member.js'
import { isHost, originsOf } from './rules.js'

/** One entry of the option `outgoing`: what Spoor does with the calls to one host. */
export interface OutgoingOptions<Name extends string = string> {
  /**
   * The host, without scheme, path or wildcards. `blog.example` means https on port 443 and http on port 80;
   * `blog.example:8080` means port 8080 with either scheme.
   */
  readonly host: string
  /** The logger that writes a line for each call. Default: no line. */
  readonly logger?: Name | undefined
  /** Sends `X-Request-ID` (or the name in `requestId.header`) and `traceparent` to this host. Default: false. */
  readonly propagate?: boolean | undefined
}

const host = check(isHost, 'a host such as blog.example or blog.example:8080', 'leave out scheme, path and wildcards')

/** Refuses a second entry for the same host. */
const hostsOnce: Check = (value, path, problems) => {
  if (!Array.isArray(value)) return
  const known = new Set<string>()
  for (const [index, entry] of value.entries()) {
    const origins = isHost(entry?.host) ? originsOf(entry.host) : []
    if (origins.some((origin) => known.has(origin))) {
      problems.push(problemOf(entry.host, `${path}[${index}].host`, 'a host without another entry', 'merge the two'))
    }
    for (const origin of origins) known.add(origin)
  }
}

/** Checks the option `outgoing`. */
export const outgoingOptions: Check = all(
  list(object({ host, logger: optional(text), propagate: optional(flag) })),
  hostsOnce,
)

/** Checks, given all options of `createSpoor`, that `logs` has every logger that `outgoing` names. */
export const outgoingLoggers: Check = (value, _path, problems) => {
  const { outgoing, logs } = ownMembers(Object(value)) as { outgoing?: unknown; logs?: unknown }
  if (!Array.isArray(outgoing)) return
  for (const [index, entry] of (outgoing as (Partial<OutgoingOptions> | null)[]).entries()) {
    const problem = loggerProblem(logs, entry?.logger, `outgoing[${index}].logger`)
    if (problem !== undefined) problems.push(problem)
  }
}
