import { createSpoor, memoryRecords, type RecordStore, type Spoor } from 'spoor'
import type { Config } from './config.js'
import { logs } from './logs.js'
import type { Site } from './sites.js'
import { answerToWordPressError } from './wordpress/errors.js'

/**
 * The one object that follows every request of this service, and its calls to the accounts' sites. Only these sites
 * get the request's id. Without `records`, this process keeps its own.
 */
export function followRequests(
  config: Pick<Config, 'trustedProxies' | 'trackingMode' | 'recordsMb'>,
  sites: Site[],
  records: RecordStore = memoryRecords({ maxBytes: config.recordsMb * 2 ** 20 }),
): Spoor {
  const hosts = new Set(sites.map(({ url }) => new URL(url).host))
  return createSpoor({
    service: 'publisher',
    version: '1.0.0',
    logs,
    records,
    requestId: { trust: config.trustedProxies },
    tracking: { mode: config.trackingMode },
    errors: { map: answerToWordPressError },
    inspector: { authorize: ({ roles }) => rightOf(roles) },
    queries: { logger: 'database', slowMs: 100 },
    outgoing: [...hosts].map((host) => ({ host, logger: 'wordpress_api' as const, propagate: true })),
  })
}

/** Who may read records: the operator all of them, admins and developers those of their account. */
function rightOf(roles: readonly string[]): 'all' | 'account' | false {
  if (roles.includes('operator')) return 'all'
  return roles.includes('admin') || roles.includes('developer') ? 'account' : false
}
