import type { WorkContext } from './request-context.js'

const maxRouteLength = 1_000

/** The names of work that made other work wait. */
export interface NamedWork {
  readonly kind: 'request' | 'job' | 'run'
  /** Its request id. */
  readonly id: string
  readonly route: string | undefined
  /** Undefined also for work whose account changed: only readers of everything may see that work. */
  readonly account: string | undefined
}

/** Names work, as far as its names are known now. */
export function namedWork({ kind, requestId, account, work }: WorkContext): NamedWork {
  return { kind, id: requestId, route: routeOf(work), account: work.accountSwitched ? undefined : account }
}

function routeOf({ routeSource, route }: WorkContext['work']): string | undefined {
  try {
    return (routeSource?.route?.() ?? route)?.slice(0, maxRouteLength)
  } catch {
    return undefined
  }
}
