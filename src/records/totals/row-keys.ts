import { type AccountNames, anonymous, other } from './account-names.js'
import type { Names } from './names.js'
import { maxRoutes, type RouteNames } from './route-names.js'
import type { Keys, Table } from './table.js'

const mostAccounts = 1_000
const mostRoutes = 500
/** The routes that each account keeps. */
export const routesOfAccount = 5
/** With more names, most accounts come once and go: each bucket keeps fewer. */
const manyNames = 50_000
const fewRows = 100

/** The key of an account's route. */
export function pairOf(account: number, route: number): number {
  return account * maxRoutes + route
}

/** The account of a pair. */
export function accountOf(pair: number): number {
  return Math.floor(pair / maxRoutes)
}

/** The route of a pair. */
export function routeOf(pair: number): number {
  return pair % maxRoutes
}

/** The keys of a table of accounts. */
export function accountKeys(accounts: AccountNames): Keys {
  return keysOf(accounts, mostAccounts)
}

/** The keys of a table of routes. */
export function routeKeys(routes: RouteNames): Keys {
  return keysOf(routes, mostRoutes)
}

/** The keys of a table of the routes of accounts. Dropped rows are not kept: the row of the account has their figures. */
export function pairKeys(accounts: AccountNames, routes: RouteNames): Keys {
  const most = (): number => routesOfAccount * (accounts.size > manyNames ? fewRows : mostAccounts)
  return {
    use: (pair) => {
      accounts.use(accountOf(pair))
      routes.use(routeOf(pair))
    },
    release: (pair) => {
      accounts.release(accountOf(pair))
      routes.release(routeOf(pair))
    },
    kept: (table) => heaviestOf(table, heaviestPairs(table), most()),
    rest: undefined,
    mostRows: 3 * routesOfAccount * mostAccounts,
  }
}

/** The five heaviest routes of each account, the heaviest first. */
export function heaviestPairs(table: Table): number[] {
  const byAccount = new Map<number, number[]>()
  for (const pair of table.keys) {
    const pairs = byAccount.get(accountOf(pair))
    if (pairs === undefined) byAccount.set(accountOf(pair), [pair])
    else pairs.push(pair)
  }
  return [...byAccount.values()].flatMap((pairs) => byWeight(table, pairs).slice(0, routesOfAccount))
}

/** The keys of the heaviest rows, in any order, and the two fixed rows. */
export function heaviest(table: Table, most: number): number[] {
  const named = table.keys.filter((key) => key !== other)
  const kept = heaviestOf(table, named, most)
  // Work without an account, or without a route, stays apart from the rest.
  if (named.length > most && table.known(anonymous) !== undefined && !kept.includes(anonymous)) {
    kept[most - 1] = anonymous
  }
  return table.known(other) === undefined ? kept : [...kept, other]
}

/** Keys, those of the heaviest rows first. */
export function byWeight(table: Table, keys: readonly number[]): number[] {
  if (keys.length < 2) return [...keys]
  const rows = keys.map((key) => ({ key, weight: table.weight(table.at(key)) }))
  return rows.sort((one, two) => two.weight - one.weight).map(({ key }) => key)
}

/** The keys of the `most` heaviest rows. Sorting numbers takes a tenth of the time of sorting rows. */
function heaviestOf(table: Table, keys: readonly number[], most: number): number[] {
  if (keys.length <= most) return [...keys]
  const weights = Float64Array.from(keys, (key) => table.weight(table.at(key)))
  const least = weights.slice().sort()[keys.length - most] as number
  const kept = keys.filter((_, at) => (weights[at] as number) > least)
  for (let at = 0; kept.length < most; at++) if (weights[at] === least) kept.push(keys[at] as number)
  return kept
}

function keysOf(names: Pick<Names<unknown>, 'use' | 'release' | 'size'>, most: number): Keys {
  return {
    use: (id) => names.use(id),
    release: (id) => names.release(id),
    kept: (table) => heaviest(table, names.size > manyNames ? fewRows : most),
    rest: other,
    mostRows: 4 * most,
  }
}
