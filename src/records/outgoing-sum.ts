import { roundedMs } from '../safe-values/rounded-ms.js'
import type { CallList, CallSum } from '../work/calls.js'

/** The calls of a request or job, as its line sums them up. */
export interface OutgoingSum extends CallSum {
  /** Calls of which only the beginning is known (HTTP/2 clients, connections that left HTTP). */
  readonly unknown?: number | undefined
  /** The first 20 hosts. */
  readonly byHost: Readonly<Record<string, CallSum>>
}

/**
 * Sums calls up: how many, and in how many ms at least one was open. Those that are open still count until now.
 *
 * @returns undefined where there were none
 */
export function outgoingSum(list: CallList | undefined): OutgoingSum | undefined {
  if (list === undefined) return undefined
  const now = performance.now()
  const byHost = Object.entries(list.byHost(now)).map(([host, sum]) => [host, rounded(sum)] as const)
  return { ...rounded(list.sum(now)), unknown: list.unknown || undefined, byHost: Object.fromEntries(byHost) }
}

function rounded({ calls, ms }: CallSum): CallSum {
  return { calls, ms: roundedMs(ms) }
}
