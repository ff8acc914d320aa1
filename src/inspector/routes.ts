import type { Reading } from '../reading/reading.js'
import { type ReadAccess, seesAll } from '../records/read-access.js'
import type { Who } from '../tracking/tracking.js'
import { forbidden } from './access.js'
import { badCursor, filterOf, noParameters, overviewFilterOf } from './query.js'
import { notThere } from './refusal.js'
import { accountingQueryOf, accountsQueryOf, liveQueryOf, routesQueryOf } from './usage-query.js'

/** The part of a URL below the mount. */
export interface Target {
  /** `/api/requests`, percent-encoded as received. */
  readonly path: string
  /** Without its `?`. */
  readonly query: string
}

/** Splits the part of a URL behind the mount. */
export function targetOf(url: string): Target {
  const [whole = ''] = url.split('#', 1)
  const at = whole.indexOf('?')
  return at < 0 ? { path: whole, query: '' } : { path: whole.slice(0, at), query: whole.slice(at + 1) }
}

type Route = (reading: Reading, access: ReadAccess, query: string, reader: Who) => unknown

const accounting: Route = (reading, access, query) => {
  if (!seesAll(access)) throw forbidden()
  return reading.accounting(access, accountingQueryOf(query).span)
}

const routes: Readonly<Record<string, Route>> = {
  '/api/session': (reading, access, query, reader) => {
    noParameters(query)
    return reading.session(access, reader)
  },
  '/api/requests': async (reading, access, query) => {
    const filter = filterOf(query)
    try {
      return await reading.list(access, filter)
    } catch (error) {
      throw error instanceof RangeError && filter.before !== undefined ? badCursor() : error
    }
  },
  '/api/summary': (reading, access, query) => reading.overview(access, overviewFilterOf(query)),
  '/api/live-requests': async (reading, access, query) => ({
    items: await reading.live(access, liveQueryOf(query).process),
  }),
  '/api/accounts': (reading, access, query) => reading.usage(access, 'account', accountsQueryOf(query)),
  '/api/routes': (reading, access, query) => reading.usage(access, 'route', routesQueryOf(query)),
  '/api/accounting': accounting,
  // The name of version 0.1; removed in 0.3.
  '/api/books': accounting,
  '/api/health': (reading, access, query) => {
    if (!seesAll(access)) throw forbidden()
    noParameters(query)
    return reading.health(access)
  },
  '/api/dependencies': (reading, access, query) => {
    if (!seesAll(access)) throw forbidden()
    noParameters(query)
    return reading.dependencies(access)
  },
}

/**
 * Returns what `target` names, as far as `access` allows.
 *
 * @throws Refusal 400 for wrong parameters, 403 for endpoints that are for readers of everything, 404 for unknown paths and
 * ids
 */
export async function read(
  reading: Reading,
  access: ReadAccess,
  { path, query }: Target,
  reader: Who = { roles: [] },
): Promise<unknown> {
  const id = /^\/api\/requests\/([^/]{1,600})$/.exec(path)?.[1]
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined
  if (id !== undefined) noParameters(query)
  const found = id === undefined ? await route?.(reading, access, query, reader) : await recordOf(reading, access, id)
  if (found === undefined) throw notThere()
  return found
}

async function recordOf(reading: Reading, access: ReadAccess, encoded: string): Promise<unknown> {
  const id = decoded(encoded)
  // Text that cannot be an id is not searched for.
  return id === undefined || !/^[\w.:@/+=~-]{1,200}$/.test(id) ? undefined : reading.record(access, id)
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
