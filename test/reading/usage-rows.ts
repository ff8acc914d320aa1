// Rows of totals, as tests of accounts and routes need them.
import type { UsageSource } from '../../src/reading/accounts.js'
import type { TotalsQuery, TotalsReading, TotalsRow } from '../../src/records/totals/totals-types.js'

const zero: TotalsRow = {
  requests: 0,
  jobs: 0,
  errors: 0,
  exact: true,
  heldOthers: { requests: 0, ms: 0 },
  queries: 0,
  queryMs: 0,
  poolMs: 0,
  holdMs: 0,
  bytes: 0,
  duration: { mean: 0 },
  perMinute: () => [],
}

export function row(own: Partial<TotalsRow>): TotalsRow {
  return { ...zero, ...own }
}

/** The row of an account, with the part of each figure that its routes have. */
export function account(name: string, own: Partial<TotalsRow>, routes: readonly TotalsRow[] = []): TotalsRow {
  return row({ account: name, ...own, routes })
}

/** The row of a route, `GET /posts`, or of jobs, `job receipt`. */
export function route(name: string, own: Partial<TotalsRow>): TotalsRow {
  const [, method, path] = /^([A-Z]+) (.+)$/s.exec(name) ?? []
  return row(method === undefined ? { route: name, ...own } : { method, route: path, ...own })
}

/** What a test says of its totals. */
export interface Given {
  readonly accounts?: readonly TotalsRow[]
  readonly routes?: readonly TotalsRow[]
  /** The routes of an account; the questions without an account get `routes`. */
  readonly routesOf?: Readonly<Record<string, readonly TotalsRow[]>>
  /** The sum over all work. */
  readonly all?: Partial<TotalsRow>
  readonly reading?: Partial<TotalsReading>
}

/** Totals that know these rows only, asked as the real ones are. */
export function sourceOf(given: Given): UsageSource & { readonly asked: TotalsQuery[] } {
  const asked: TotalsQuery[] = []
  const rowsOf = ({ by, account }: TotalsQuery): readonly TotalsRow[] => {
    if (by === 'route') return (account === undefined ? given.routes : given.routesOf?.[account]) ?? []
    const { accounts = [] } = given
    return account === undefined ? accounts : accounts.filter((one) => one.account === account)
  }
  const read = (query: TotalsQuery): TotalsReading => {
    asked.push(query)
    const to = Date.parse('2026-11-29T12:00:00Z')
    const frame = { from: to - query.spanMs, to, exact: true, wallMs: query.spanMs, ...given.reading }
    return { ...frame, all: row(given.all ?? {}), rows: rowsOf(query) }
  }
  return { read, asked, safe: (name) => name.replaceAll('s3cret', '[redacted]'), instance: 'web-2:4127' }
}
